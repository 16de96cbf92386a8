"""Intents as the API takes and gives them; node/intents/wire.py reads the body of each kind."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from node.api.schemas import shapes
from node.api.schemas.base import (
    ACCOUNT_EXAMPLE,
    DIGEST_EXAMPLE,
    Account,
    Hash,
    In,
    Out,
    WideNumber,
)
from node.api.schemas.base import example as shown
from node.domain.transactions import TxStatus

INTENT_EXAMPLE = {
    "kind": "TRANSFER_MEDICAL",
    "actor": ACCOUNT_EXAMPLE,
    "nonce": "18446744073709551616",
    "deadline": 1_772_418_300,
    "body": {"receiver": "0x1" + "ab" * 19 + "c", "amount_fen": 12_345},
}
SIGNATURE_EXAMPLE = {"account": ACCOUNT_EXAMPLE, "kind": "SECP256K1", "data": "0x" + "1b" * 65}


class IntentDocument(In):
    """What is signed. `body` has the fields of the kind; its form is that of `POST …/intents`."""

    model_config = ConfigDict(json_schema_extra=shown(INTENT_EXAMPLE))

    kind: str = Field(max_length=32)
    actor: Account
    nonce: WideNumber
    deadline: int = Field(ge=0, lt=2**63, description="Unix seconds of chain time.")
    body: dict[str, Any]


class SignatureDocument(In):
    """One signature over the digest."""

    model_config = ConfigDict(json_schema_extra=shown(SIGNATURE_EXAMPLE))

    account: Account
    kind: Literal["SECP256K1", "P256"]
    data: str = Field(pattern=shapes.SIGNATURE)


class SignedIntentIn(In):
    """A prepared intent and the signatures it needs: the actor's, then the counterparty's."""

    model_config = ConfigDict(
        json_schema_extra=shown({"intent": INTENT_EXAMPLE, "signatures": [SIGNATURE_EXAMPLE]})
    )

    intent: IntentDocument
    signatures: Annotated[list[SignatureDocument], Field(min_length=1, max_length=2)]


class IntentOnlyIn(In):
    """A prepared intent, to be signed by the sandbox."""

    model_config = ConfigDict(json_schema_extra=shown({"intent": INTENT_EXAMPLE}))

    intent: IntentDocument


class SignaturesOut(Out):
    """Signatures to hand in with the intent."""

    model_config = ConfigDict(
        json_schema_extra=shown({"digest": DIGEST_EXAMPLE, "signatures": [SIGNATURE_EXAMPLE]})
    )

    digest: Hash
    signatures: list[SignatureDocument]


class Prepared(Out):
    """An intent to be signed: its form for `POST`, the document to sign, and its digest.

    Nouns that quote an amount answer with a subclass that adds `quote`.
    """

    model_config = ConfigDict(
        json_schema_extra=shown(
            {"intent": INTENT_EXAMPLE, "typed_data": {"primaryType": "TransferMedical"},
             "digest": DIGEST_EXAMPLE}
        )
    )  # fmt: skip

    intent: IntentDocument
    typed_data: dict[str, Any]
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

    model_config = ConfigDict(
        json_schema_extra=shown(
            {
                "digest": DIGEST_EXAMPLE,
                "state": "QUEUED",
                "href": f"/v1/transactions/{DIGEST_EXAMPLE}",
            }
        )
    )

    digest: Hash
    state: TxStatus
    href: str
    tx_hash: Hash | None = None
    block_number: int | None = None
    reason: Reason | None = None
