"""Another consensus key for a validator: made beside the old one, put in its place after the vote.

A key is never used without the state file that says what it has signed. The replaced key and its
state are kept together under keys/retired and never used again; the registry takes no key twice.
"""

from dataclasses import replace
from pathlib import Path

import orjson

from node.validator.home import configuration as conf
from node.validator.home import keys as keyring
from node.validator.home.ceremony import ENTRY_FILE
from node.validator.home.condition import KEY_FILE, STATE_FILE
from node.validator.home.keys import CeremonyError, Ed25519Key, PublicEntry

NEXT_KEY = Path("keys") / "next_validator_key.json"
NEXT_ENTRY = "next-entry.json"
RETIRED = Path("keys") / "retired"


def new_key(home: Path) -> PublicEntry:
    """Make the next consensus key of a home and return the entry to propose. It signs nothing yet.

    Errors: CeremonyError when one is waiting already.
    """
    if (home / NEXT_KEY).exists():
        raise CeremonyError(f"{home / NEXT_KEY} is waiting already: use it, or take it away first")
    current = conf.load_network(home).entry(conf.load_site(home).name)
    key = Ed25519Key.new()
    keyring.write_secret(home / NEXT_KEY, keyring.validator_file(key))
    entry = replace(current, consensus_key=key.public.hex())
    keyring.save_entry(entry, home / NEXT_ENTRY)
    return entry


def use_key(home: Path) -> PublicEntry:
    """Put the next key in place of the current one and return the entry now in force.

    The unit must be stopped. Interrupted, it can be called again. Errors: CeremonyError.
    """
    waiting, key, state = home / NEXT_KEY, home / KEY_FILE, home / STATE_FILE
    if not waiting.exists():
        raise CeremonyError(f"no key is waiting: `yibao validator new-key --home {home}` makes one")
    entry = keyring.load_entry(home / NEXT_ENTRY)
    content = waiting.read_bytes()
    if not key.exists() or key.read_bytes() != content:
        _retire(home)
        keyring.write_secret(key, content)
    if not state.exists():
        # The new key has signed nothing: this is its first state, not a reset of another's.
        keyring.write_secret(state, keyring.FIRST_STATE)
    keyring.save_entry(entry, home / ENTRY_FILE)
    conf.save_network(conf.load_network(home).with_entry(entry), home)
    (home / NEXT_ENTRY).unlink()
    waiting.unlink()
    return entry


def _retire(home: Path) -> None:
    """Move the current key and its state away, first the state: a key alone cannot sign."""
    key, state = home / KEY_FILE, home / STATE_FILE
    name = orjson.loads(key.read_bytes())["address"] if key.exists() else "unknown"
    folder = home / RETIRED
    folder.mkdir(parents=True, exist_ok=True, mode=keyring.FOLDER_MODE)
    for file, kind in ((state, "state"), (key, "key")):
        if file.exists():
            file.rename(folder / f"{name}.{kind}.json")
