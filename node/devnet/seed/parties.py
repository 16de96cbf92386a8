"""Sandbox parties: an account id and a key that both follow from a name. Never in production.

Everybody who reads this file knows the keys, which is why a production chain id is refused
wherever they are used.
"""

from __future__ import annotations

from dataclasses import dataclass

from node.chain.accounts import MEMBER_DIGIT, ORGANISATION_DIGIT
from node.intents.bodies import IntentBody
from node.intents.encoding import encode_body
from node.intents.messages import Intent, IntentKind, SignedIntent
from node.intents.signing import Secp256k1Signer
from node.intents.typed_data import Domain, digest
from node.wire.hashing import keccak

SEED_SPACE = int.from_bytes(b"sandbox seed")
"""Nonce space of seeding: no gateway uses it."""
SEED_DEADLINE = 2**40


@dataclass(frozen=True)
class Party:
    """Somebody who can sign: a member, an organisation or an officer."""

    name: str
    account: str
    signer: Secp256k1Signer


def member_party(name: str) -> Party:
    """Return the sandbox member of a name."""
    return _party(name, MEMBER_DIGIT)


def organisation_party(name: str) -> Party:
    """Return the sandbox organisation or officer of a name."""
    return _party(name, ORGANISATION_DIGIT)


def _party(name: str, digit: str) -> Party:
    account = f"0x{digit}{keccak(f'sandbox account {name}'.encode()).hex()[-39:]}"
    return Party(name, account, Secp256k1Signer(keccak(f"sandbox key {name}".encode())))


def seed_intent(
    kind: IntentKind, actor: Party, body: IntentBody, *, label: str | None = None
) -> Intent:
    """Return an intent of the seed. The same content or label has the same nonce, in every run.

    `label` names an intent whose content may differ between runs, such as a claim with its quote.
    """
    content = label.encode() if label is not None else encode_body(kind, body)
    counter = int.from_bytes(keccak(bytes([kind]) + content)[:8])
    return Intent(kind, actor.account, SEED_SPACE << 64 | counter, SEED_DEADLINE, body)


def signed_by(intent: Intent, domain: Domain, *parties: Party) -> SignedIntent:
    """Return the intent signed by each party for itself, the actor first."""
    name = digest(intent, domain)
    return SignedIntent(intent, tuple(one.signer.sign(name, one.account) for one in parties))
