"""Four validators from generated files: they agree on every block."""

import pytest

from node.devnet.network.validators import LocalNetwork

pytestmark = pytest.mark.validators


async def test_four_validators__agree_on_every_block(validators: LocalNetwork) -> None:
    """M09, S06.1: what `network init` writes starts, and one chain comes of it."""
    await validators.wait_height(5)
    found = await validators.status()
    assert [one.running for one in found] == [True] * 4
    assert {one.geth_peers for one in found} == {3}
    assert {one.comet_peers for one in found} == {3}
