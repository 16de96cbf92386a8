"""CometBFT's words for a geth that is ahead of it, and what is no such word."""

import pytest

from node.validator.home.condition import blocks_ahead

HANDSHAKE = b"ERROR: failed to create node: error during handshake: error on replay: "


@pytest.mark.parametrize(
    ("line", "ahead"),
    [
        (b"app block height (62) is higher than core (29)", 33),
        (b"could not find results for height #12", 1),
        (b"expected height 12 but last stored abci responses was at height 11", 1),
        (b"no last ABCI response has been persisted", 1),
        (b"state.AppHash does not match AppHash after replay", 0),
        (b"app block height (29) is too far below block store base (40)", 0),
        (b"", 0),
    ],
)
def test_refused_handshake__tells_how_far_geth_is_ahead(line: bytes, ahead: int) -> None:
    log = b'{"_msg":"ABCI Replay Blocks","level":"info"}\n' + HANDSHAKE + line + b"\n"
    assert blocks_ahead(log) == ahead
