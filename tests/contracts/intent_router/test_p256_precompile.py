"""Passkeys on the chain of the devnet: P-256 checked by the precompile at 0x100.

The in-process EVM stops before the hardfork that has it, so there the contract falls back to
arithmetic of its own (test_p256.py). Here both ways meet on anvil: osaka has the precompile,
prague does not.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from web3 import Web3

from node.devnet.network.local import Anvil, AnvilOptions
from node.domain.parties import SignerKind
from node.intents.bodies import OpenWallet, RotateSigner
from node.intents.messages import IntentKind, SignedIntent
from node.intents.signing import P256Signer
from node.intents.verify import P256_ORDER
from tests.fixtures.actors import ANN, word
from tests.fixtures.chain.anvil import anvil_options, require_anvil
from tests.fixtures.chain.anvil_world import AnvilWorld
from tests.fixtures.evm.in_process import Outcome, selector_of
from tests.fixtures.evm.world import World, forged

PRECOMPILE = Web3.to_checksum_address("0x" + (0x100).to_bytes(20, "big").hex())
PASSKEY = P256Signer(0xA11CE)
OTHER = P256Signer(0xB0B)
NO_KEY = "0x" + "0" * 64
# The whole check costs about 7.7k with the precompile and about 250k without it.
FALLBACK_COSTS_MORE = 150_000
ITEM_WITH_PRECOMPILE = 150_000
NAMES = frozenset(
    {"NetworkAuthority", "NetworkDirectory", "ProviderRegistry", "MemberRegistry", "IntentRouter"}
    | {"IntentVerifier", "ActionRegistry"}
)


@contextmanager
def network(options: AnvilOptions) -> Iterator[World]:
    """Run a chain with the contracts and a passkey for ANN beside her first key."""
    anvil = Anvil(options)
    asyncio.run(anvil.start())
    try:
        world = type("AnvilWorld", (AnvilWorld,), {"url": anvil.url}).deploy(NAMES)
        body = RotateSigner(PASSKEY.key, SignerKind.P256, NO_KEY, 0)
        world.handle("MemberRegistry", "rotateSigner", ANN, body)
        asyncio.run(world.async_w3.provider.disconnect())
        yield world
    finally:
        asyncio.run(anvil.stop())


@pytest.fixture(scope="module")
def osaka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return a network on a chain as the devnet starts it."""
    require_anvil()
    with network(anvil_options(tmp_path_factory.mktemp("osaka"))) as world:
        yield world


@pytest.fixture(scope="module")
def prague(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return a network on a chain without the precompile."""
    require_anvil()
    folder: Path = tmp_path_factory.mktemp("prague")
    with network(replace(anvil_options(folder), hardfork="prague")) as world:
        yield world


def signed(world: World, key: P256Signer = PASSKEY) -> SignedIntent:
    intent = world.intent(IntentKind.OPEN_WALLET, ANN, OpenWallet(word("new terms")))
    return SignedIntent(intent, (key.sign(world.digest(intent), ANN.account),))


def with_high_s(item: SignedIntent) -> SignedIntent:
    data = item.signatures[0].data
    s = P256_ORDER - int.from_bytes(data[32:64], "big")
    return forged(item, data[:32] + s.to_bytes(32, "big") + data[64:])


def with_other_digest(item: SignedIntent) -> SignedIntent:
    return replace(item, intent=replace(item.intent, nonce=item.intent.nonce + 500))


def off_the_curve(item: SignedIntent) -> SignedIntent:
    data = item.signatures[0].data
    return forged(item, data[:127] + bytes([data[127] ^ 1]))


def precompile(world: World, item: SignedIntent) -> bytes:
    """Return what the chain answers at 0x100 for digest ‖ r ‖ s ‖ x ‖ y."""
    data = bytes.fromhex(world.digest(item.intent)[2:]) + item.signatures[0].data
    return bytes(world.w3.eth.call({"to": PRECOMPILE, "data": data}))


def executed(outcome: Outcome) -> Outcome:
    assert outcome.names == ["WalletOpened", "IntentExecuted"]
    return outcome


class TestPrecompile:
    """M04."""

    def test_devnet_chain__has_it(self, osaka: World) -> None:
        assert precompile(osaka, signed(osaka)) == (1).to_bytes(32, "big")
        assert precompile(osaka, off_the_curve(signed(osaka))) == b""

    def test_signature_of_a_passkey__executes(self, osaka: World) -> None:
        item = signed(osaka)
        done = executed(osaka.send(item)).one("IntentExecuted")
        assert done["digest"] == osaka.digest(item.intent)
        assert osaka.call("IntentRouter", "isNonceUsed", ANN.account, item.intent.nonce)

    @pytest.mark.parametrize("spoil", [with_other_digest, with_high_s, off_the_curve])
    def test_wrong_signature__is_skipped_beside_a_good_one(self, osaka: World, spoil) -> None:
        bad, good = spoil(signed(osaka)), signed(osaka)
        outcome = osaka.send(bad, good)
        assert outcome.names == ["IntentSkipped", "WalletOpened", "IntentExecuted"]
        assert outcome.one("IntentSkipped")["reason"] == selector_of("SignatureInvalid")
        assert not osaka.call("IntentRouter", "isNonceUsed", ANN.account, bad.intent.nonce)

    def test_high_s__is_refused_though_the_precompile_takes_it(self, osaka: World) -> None:
        # The curve knows both; only the contract keeps one signature from having two forms.
        item = with_high_s(signed(osaka))
        assert precompile(osaka, item) == (1).to_bytes(32, "big")
        skipped = osaka.send(item).one("IntentSkipped")
        assert skipped["reason"] == selector_of("SignatureInvalid")

    def test_key_that_is_not_registered__is_skipped(self, osaka: World) -> None:
        skipped = osaka.send(signed(osaka, OTHER)).one("IntentSkipped")
        assert skipped["reason"] == selector_of("SignatureInvalid")

    def test_gas__shows_that_the_contract_uses_it(self, osaka: World, prague: World) -> None:
        costs = {}
        for name, world in (("osaka", osaka), ("prague", prague)):
            executed(world.send(signed(world)))  # the nonce's slot is paid for by this one
            costs[name] = executed(world.send(signed(world))).gas_used
        assert precompile(prague, signed(prague)) == b""
        print(f"gas of a passkey's item: {costs}")
        assert costs["osaka"] < ITEM_WITH_PRECOMPILE, costs
        assert costs["prague"] - costs["osaka"] > FALLBACK_COSTS_MORE, costs
