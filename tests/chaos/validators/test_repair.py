"""`yibao validator repair`: a geth ahead of CometBFT is told, rewound, and signs nothing twice."""

import shutil

import pytest

from node.devnet.network.validators import LocalNetwork
from node.validator.home.condition import STATE_FILE
from tests.fixtures.validator.membership import Watch, run

pytestmark = [pytest.mark.validators, pytest.mark.timeout(1_800)]
PLACE = 3


async def test_older_consensus_data__is_told_and_repaired(validators: LocalNetwork) -> None:
    """CometBFT's folder of an hour ago beside today's geth, as after half a restore."""
    watch, home = Watch(validators), validators.homes[PLACE]
    data, older = home / "comet" / "data", home / "older"
    own = watch.address(PLACE)
    await validators.stop([PLACE])
    shutil.copytree(data, older)
    validators.start([PLACE], with_parent=True)
    await watch.has_same_chain(PLACE)
    await validators.wait_height(await watch.later(5), places=[PLACE])
    await validators.stop([PLACE])

    # What the key has signed is kept, as the guide says: the old file would let it sign twice.
    signed = (home / STATE_FILE).read_bytes()
    shutil.rmtree(data)
    older.rename(data)
    (home / STATE_FILE).write_bytes(signed)

    told = await run("validator", "run", "--home", home, code=5)
    assert "yibao validator repair" in told.err
    assert "ahead of CometBFT" in told.err
    told = await run("validator", "repair", "--home", home)
    rewound = told.err.count("went back from block")
    assert rewound >= 5
    assert (home / STATE_FILE).read_bytes() == signed

    told = await run("validator", "repair", "--home", home)
    assert "nothing to repair" in told.err
    validators.start([PLACE], with_parent=True)
    head = await watch.has_same_chain(PLACE)
    again = await watch.signs(own, since=head)
    told = await run("validator", "repair", "--home", home, code=2)
    assert "running" in told.err
    print(f"counts: rewound={rewound} head={head} next_signature={again} repairs_refused=1")
