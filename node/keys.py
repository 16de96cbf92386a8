"""What the secrets in the settings open: sealed columns, quotes, the sandbox's test signer."""

from __future__ import annotations

import orjson

from node.config import Profile, Settings
from node.db.sealing import KeysMissingError, Sealer
from node.desk.kept_keys import SignerPort, kept_keys
from node.desk.quote_evidence import QuoteSigner

SEAL_KEY_NUMBER = 1


def open_sealer(settings: Settings) -> Sealer:
    """Return what opens and closes sealed columns.

    Errors: KeysMissingError without keys; ValueError for keys that are not 64 hex digits.
    """
    if settings.seal_key is None or settings.lookup_key is None:
        raise KeysMissingError("set YIBAO_SEAL_KEY and YIBAO_LOOKUP_KEY, or their _FILE forms")
    seal, lookup = settings.seal_key.get_secret_value(), settings.lookup_key.get_secret_value()
    former = [bytes.fromhex(key.get_secret_value()) for key in settings.former_lookup_keys]
    return Sealer(
        {SEAL_KEY_NUMBER: bytes.fromhex(seal)},
        lookup_key=bytes.fromhex(lookup),
        former_lookup_keys=former,
    )


def open_quote_signer(settings: Settings) -> QuoteSigner:
    """Return what signs quotes; without a key one is made. Errors: ValueError for a bad key."""
    key = settings.quote_key
    return QuoteSigner(None if key is None else bytes.fromhex(key.get_secret_value()))


def read_sandbox_keys(settings: Settings) -> SignerPort | None:
    """Return the signer of a key file: account id → 64 hex digits. Errors: OSError, ValueError."""
    if settings.profile is not Profile.SANDBOX or settings.sandbox_keys is None:
        return None
    keys: dict[str, str] = orjson.loads(settings.sandbox_keys.read_bytes())
    return kept_keys(keys)
