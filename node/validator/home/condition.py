"""What no restart mends: told before or after a run, together with the way out."""

import re
from pathlib import Path

STATE_FILE = Path("comet") / "data" / "priv_validator_state.json"
KEY_FILE = Path("comet") / "config" / "priv_validator_key.json"
# CometBFT's words when the application has blocks that it has not, or has no answers for.
_HIGHER = re.compile(rb"app block height \((\d+)\) is higher than core \((\d+)\)")
_NO_ANSWERS = (
    rb"expected height \d+ but last stored abci responses was at height \d+",
    rb"no last ABCI response has been persisted",
    rb"could not find results for height #\d+",
)
_UNANSWERED = re.compile(b"|".join(_NO_ANSWERS))
_TAIL_BYTES = 65_536


class OperatorNeededError(Exception):
    """The validator cannot run until somebody acts; the text says why and what to do."""


def require_startable(home: Path) -> None:
    """Make sure that the key may sign. Errors: OperatorNeededError.

    Without its state file nobody knows what a key has signed, and a height signed twice is a
    breach that the whole network sees: the key is given up for a new one.
    """
    for path, lost in ((home / KEY_FILE, "consensus key"), (home / STATE_FILE, "signing state")):
        if not path.exists():
            raise OperatorNeededError(
                f"{path} is missing: without its {lost} this validator must not sign. Never make "
                f"it by hand. `yibao validator new-key --home {home}` makes another key, which "
                "the participants put in place of the old one by vote"
            )


def blocks_ahead(comet_log: bytes) -> int:
    """Return by how many blocks geth is ahead of a CometBFT that refused to start; 0 if not."""
    if higher := _HIGHER.search(comet_log):
        app, core = map(int, higher.groups())
        return app - core
    return int(_UNANSWERED.search(comet_log) is not None)


def require_mendable(home: Path, comet_log: Path, start: int) -> None:
    """Look at CometBFT's log from a byte on. Errors: OperatorNeededError."""
    if ahead := blocks_ahead(tail_of(comet_log, start)):
        raise OperatorNeededError(
            f"geth is {ahead} blocks ahead of CometBFT, and no restart changes that: "
            f"run `yibao validator repair --home {home}`, then start again"
        )


def tail_of(log: Path, start: int) -> bytes:
    """Return the end of a log, from a byte on; empty without a log."""
    if not log.exists():
        return b""
    with log.open("rb") as file:
        file.seek(max(start, log.stat().st_size - _TAIL_BYTES))
        return file.read()
