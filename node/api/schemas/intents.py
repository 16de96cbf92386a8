"""Intents as the API takes and gives them; node/intents/wire.py reads the body of each kind."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from node.api.schemas import shapes
from node.api.schemas.base import (
    Account,
    Hash,
    In,
    Out,
    WideNumber,
)
from node.api.schemas.intent_shapes import ShownAs, TypedData, intent_by_kind, show_as
from node.domain.transactions import TxStatus


class IntentDocument(In):
    """What is signed: the kind says which fields `body` has."""

    kind: str = Field(max_length=32)
    actor: Account
    nonce: WideNumber
    deadline: int = Field(ge=0, lt=2**63, description="Unix seconds of chain time.")
    body: dict[str, Any]

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _taken: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Describe the body of each kind; reading it stays with node/intents/wire.py."""
        said = {"title": cls.__name__, "description": cls.__doc__}
        return show_as(intent_by_kind(cls), handler) | said


class SignatureDocument(In):
    """One signature over the digest."""

    account: Account
    kind: Literal["SECP256K1", "P256"]
    data: str = Field(pattern=shapes.SIGNATURE)


class DomainDocument(In):
    """Where signatures are valid: `chainId` and `verifyingContract` of the typed data."""

    chain_id: int = Field(gt=0, lt=2**63)
    router: Account


class SignedIntentIn(In):
    """A prepared intent and the signatures it needs: the actor's, then the counterparty's.

    `domain` is for documents that travel between signers; one of another network is refused.
    """

    intent: IntentDocument
    signatures: Annotated[list[SignatureDocument], Field(min_length=1, max_length=2)]
    domain: DomainDocument | None = None


class IntentOnlyIn(In):
    """A prepared intent, to be signed by the sandbox."""

    intent: IntentDocument


class SignaturesOut(Out):
    """Signatures to hand in with the intent."""

    digest: Hash
    signatures: list[SignatureDocument]


class Prepared(Out):
    """An intent to be signed: its form for `POST`, the document to sign, and its digest.

    Nouns that quote an amount answer with a subclass that adds `quote`.
    """

    intent: IntentDocument
    typed_data: Annotated[dict[str, Any], ShownAs(TypedData)]
    digest: Hash


class Reason(Out):
    """Why an intent was refused: the code and values of the error catalogue, and both in words.

    `title`, `detail` and `next_step` are in the language of `Accept-Language`, zh or en.
    """

    code: str
    values: dict[str, Any]
    title: str
    detail: str
    next_step: str


class AcceptedOut(Out):
    """Where an accepted intent is; after waiting for its end also how it ended."""

    digest: Hash
    state: TxStatus
    href: str
    tx_hash: Hash | None = None
    block_number: int | None = None
    reason: Reason | None = None
