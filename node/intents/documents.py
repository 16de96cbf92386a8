"""Documents that signers pass on: the answer of a `…/intents` route, then half and wholly signed.

A signed document is what the matching `POST` takes as it stands. It names its network, so the
second signer needs nothing else. Typed data and digest that came along are compared and dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from node.domain.errors import MalformedBody, NotAParty, SignatureInvalid
from node.intents.messages import Intent, IntentKind, Signature
from node.intents.signing import DigestSigner
from node.intents.typed_data import Domain, digest, typed_data_json
from node.intents.wire import (
    intent_from_json,
    intent_to_json,
    signatures_from_json,
    signatures_to_json,
)

BESIDE: dict[IntentKind, str] = {
    IntentKind.SETTLE_CLAIM: "visit_id",
    IntentKind.OPEN_MEMBER: "identity",
}
"""What a `POST` takes beside the signed intent; the prepared answer holds it. A test compares."""

STAFF_PARTS = ("declare", "pay")


@dataclass(frozen=True)
class SigningDocument:
    """An intent on its way: for which network, what belongs beside it, and who has signed.

    `signatures` are by party; those of guardians, whose ward no document names, are `guardians`.
    """

    intent: Intent
    domain: Domain
    beside: Mapping[str, Any] = field(default_factory=dict)
    signatures: Mapping[str, Signature] = field(default_factory=dict)
    guardians: tuple[Signature, ...] = ()

    @classmethod
    def read(cls, document: Mapping[str, Any], *, at: str = "", whole: bool = True) -> Self:
        """Return a document of its JSON form. `at` is the pointer of its place in a larger one.

        Unless `whole`, its typed data names the network only.

        Errors: MalformedBody; SignatureInvalid where typed data or digest are not the intent's.
        """
        intent = intent_from_json(document.get("intent"), field=f"{at}/intent")
        domain = _domain_of(document, at)
        rebuilt: dict[str, Any] = {"digest": digest(intent, domain)}
        if whole:
            rebuilt["typed_data"] = typed_data_json(intent, domain)
        for name, wanted in rebuilt.items():
            if document.get(name, wanted) != wanted:
                raise SignatureInvalid(field=f"{at}/{name}")
        earlier = signatures_from_json(document.get("signatures", []), field=f"{at}/signatures")
        found, guardians = _by_party(intent, earlier)
        return cls(intent, domain, _beside(intent, document, at), found, guardians)

    def signed_by(self, signer: DigestSigner, account: str, *, ward: str | None = None) -> Self:
        """Return the document with the signature of an account, for itself or for its ward.

        Errors: NotAParty for an account the intent has no place for; MalformedBody for a party
        that has signed already.
        """
        parties = self.intent.parties
        free = [name for name in parties if name not in self.signatures]
        places = [name for name, one in parties.items() if one == (ward or account)]
        if not places:
            raise NotAParty(ward or account, ", ".join(parties.values()), field="/intent")
        place = next((name for name in places if name in free), None)
        others = [name for name in free if name != place]
        if place is None or len(self.guardians) > len(others):
            raise MalformedBody(f"{ward or account} has signed already", field="/signatures")
        made = {place: signer.sign(digest(self.intent, self.domain), account)}
        known = {**self.signatures, **made, **dict(zip(others, self.guardians, strict=False))}
        ordered = {name: known[name] for name in parties if name in known}
        return replace(self, signatures=ordered, guardians=())

    @property
    def missing(self) -> dict[str, str]:
        """The accounts that have not signed, by party."""
        parties = self.intent.parties
        return {name: one for name, one in parties.items() if name not in self.signatures}

    def to_json(self) -> dict[str, Any]:
        """Return what the matching `POST` takes."""
        return {
            "intent": intent_to_json(self.intent),
            **self.beside,
            "domain": {
                "chain_id": self.domain.chain_id,
                "router": self.domain.verifying_contract,
            },
            "signatures": signatures_to_json(tuple(self.signatures.values())),
        }


def read_staff_file(document: Mapping[str, Any]) -> list[SigningDocument]:
    """Return what a prepared staff file asks to sign, in the order of handing in.

    Its typed data stands once per kind, without messages. Errors: MalformedBody, SignatureInvalid.
    """
    given = document.get("typed_data")
    typed_data = given if isinstance(given, dict) else {}
    rows = document.get("rows")
    if not isinstance(rows, list) or not rows:
        raise MalformedBody("a list of rows is wanted", field="/rows")
    found = []
    for place, row in enumerate(rows):
        for part in STAFF_PARTS:
            at = f"/rows/{place}/{part}"
            prepared = row.get(part) if isinstance(row, dict) else None
            if not isinstance(prepared, dict):
                raise MalformedBody("an object with `intent` is wanted", field=at)
            found.append(_staff_item(prepared, typed_data, at))
    return found


def _staff_item(
    prepared: Mapping[str, Any], typed_data: Mapping[str, Any], at: str
) -> SigningDocument:
    intent = prepared.get("intent")
    kind = str(intent.get("kind")) if isinstance(intent, dict) else ""
    common = typed_data.get(kind)
    named = {"domain": common.get("domain")} if isinstance(common, dict) else {}
    read = SigningDocument.read({"typed_data": named, **prepared}, at=at, whole=False)
    rebuilt = typed_data_json(read.intent, read.domain)
    del rebuilt["message"]
    if common != rebuilt:
        raise SignatureInvalid(field=f"/typed_data/{kind}")
    return read


def _domain_of(document: Mapping[str, Any], at: str) -> Domain:
    """Return the network that a document names itself or by its typed data."""
    try:
        if (named := document.get("domain")) is not None:
            return Domain(int(named["chain_id"]), str(named["router"]).lower())
        named = document["typed_data"]["domain"]
        return Domain(int(named["chainId"]), str(named["verifyingContract"]).lower())
    except (KeyError, TypeError, ValueError) as error:
        reason = "chain id and router are missing: is this the answer of a …/intents route?"
        raise MalformedBody(reason, field=f"{at}/typed_data") from error


def _beside(intent: Intent, document: Mapping[str, Any], at: str) -> dict[str, Any]:
    name = BESIDE.get(intent.kind)
    if name is None:
        return {}
    if name not in document:
        raise MalformedBody(f"a {intent.kind.name} is handed in with it", field=f"{at}/{name}")
    return {name: document[name]}


def _by_party(
    intent: Intent, signatures: tuple[Signature, ...]
) -> tuple[dict[str, Signature], tuple[Signature, ...]]:
    """Return signatures by the party whose account made them, and those of guardians."""
    found: dict[str, Signature] = {}
    guardians = []
    for one in signatures:
        own = (name for name, account in intent.parties.items() if account == one.account)
        place = next((name for name in own if name not in found), None)
        if place is None:
            guardians.append(one)
        else:
            found[place] = one
    return found, tuple(guardians)
