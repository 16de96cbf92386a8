"""A rule module that misbehaves on request, in the directory beside the real registries."""

import pytest

from node.chain.deployment.deploy import directory_name
from node.chain.deployment.roles import ContractRole
from tests.fixtures.evm.world import World

OBEY, REENTER, LONG_REASON, BURN_GAS, PANIC, SHORT_REASON = range(6)


@pytest.fixture
def double(world: World) -> World:
    """Return the world with RuleDouble in place of PremiumCollector and WalletOperations."""
    address = world.create("RuleDouble", world.address("IntentRouter"))
    for name in ("PremiumCollector", "WalletOperations"):
        world.transact("NetworkDirectory", "set", directory_name(name), address)
    # It may even call the router: only the lock keeps it out.
    world.transact("NetworkAuthority", "grantRole", ContractRole.RELAYER, address, 0)
    return world


@pytest.fixture
def recorder(world: World) -> World:
    """Return the world with CallRecorder in place of every handler's contract."""
    address = world.create("CallRecorder")
    for name in world.deployment.addresses:
        if name not in {"NetworkAuthority", "NetworkDirectory", "IntentRouter"}:
            world.transact("NetworkDirectory", "set", directory_name(name), address)
    return world
