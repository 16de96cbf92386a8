"""What an intent of each kind looks like, for the description of the API and for nothing else.

The shapes follow from the table of kinds (node/intents/messages.py) and the compiled structs
(node/intents/schema.py). No request is read with them: that is node/intents/wire.py, which takes
what these shapes take, names the field it refuses, and is faster.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, Union

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    RootModel,
    TypeAdapter,
    create_model,
)
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from node.api.schemas.base import Account, In, Out, WideNumber
from node.domain import kinds, parties
from node.intents import schema
from node.intents.bodies import ClaimLine
from node.intents.messages import KINDS, IntentKind
from node.intents.schema import schema_of

_NUMBER = "Number"

_ABOUT = {
    "Address": "An account id: 0x and 40 lower-case hex digits; zeros mean none.",
    "Bytes": "Bytes of any length: 0x and lower-case hex digits.",
    "Uint256": "A number below 2^256 as text.",
    "AmountFen": "Whole fen (1 yuan = 100).",
    "UnixSeconds": "Unix seconds of chain time.",
    "PolicyDay": "A day in Shanghai, counted from 1970-01-01; it may be negative.",
    "BillId": "Id of a premium bill; zeros mean none.",
    "ClaimId": "Id of a claim.",
    "PlanId": "keccak256 of the plan's text id.",
    "Region": "A region such as 110000: ASCII bytes, then zeros.",
    "CareType": "A care type such as INPATIENT: ASCII bytes, then zeros.",
    "Level": "A hospital's level: UTF-8 bytes, then zeros; zeros only mean any.",
}
_WORDS: dict[str, type[enum.IntEnum]] = {
    one.__name__: one
    for one in (
        kinds.CashMode,
        kinds.FundKind,
        kinds.ItemClass,
        kinds.MemberKind,
        kinds.Pocket,
        kinds.ProviderType,
        kinds.Relation,
        kinds.Scheme,
        parties.OrganisationKind,
        parties.SignerKind,
    )
}


def show_as(shape: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
    """Return the description of a type, and have those of its parts written beside it."""
    # As a part of another schema it is written once and referred to; by itself it is copied.
    return handler(core_schema.definitions_schema(TypeAdapter(shape).core_schema, []))


@dataclass(frozen=True, slots=True)
class ShownAs:
    """Describes a value as another type; what is taken stays what its own type takes."""

    shape: type[BaseModel]

    def __get_pydantic_json_schema__(
        self, _taken: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return the description of the other type."""
        return show_as(self.shape, handler)


@cache
def intent_by_kind(envelope: type[BaseModel]) -> Any:
    """Return the union of all kinds: the fields of `envelope`, with `kind` and `body` of each."""
    members = tuple(_intent(kind, envelope) for kind in KINDS)
    return Annotated[Union[members], Discriminator("kind")]  # noqa: UP007 - a tuple of types


def _intent(kind: IntentKind, envelope: type[BaseModel]) -> type[BaseModel]:
    own = {"kind": Literal[kind.name], "body": _body(kind)}
    fields = {
        name: own.get(name) or _named(f"Intent{name.capitalize()}", one)
        for name, one in envelope.model_fields.items()
    }
    name = f"{KINDS[kind].type_name}Intent"
    return _object(name, f"An intent of kind {kind.name}.", tuple(fields.items()))


def _named(name: str, field: FieldInfo) -> Any:
    """Return the type of a field under a name, so that many objects refer to it."""
    bounded: Any = field.annotation
    for bound in field.metadata:
        bounded = Annotated[bounded, bound]
    return _scalar(name, bounded, field.description)


def _body(kind: IntentKind) -> type[BaseModel]:
    parts = schema_of(kind)
    body = KINDS[kind].body
    fields = {part.name: _type_of(part, parts.line) for part in parts.fields}
    return _object(f"{body.__name__}Body", body.__doc__, tuple(fields.items()))


@cache
def _object(name: str, about: str | None, members: tuple[tuple[str, Any], ...]) -> type[BaseModel]:
    fields: dict[str, Any] = {member: (kind, ...) for member, kind in members}
    return create_model(name, __base__=In, __doc__=about, **fields)


def _type_of(part: schema.Field, line: tuple[schema.Field, ...]) -> Any:
    if part.abi_type == "bool":
        return bool
    if part.abi_type == "tuple[]":
        members = tuple((one.name, _type_of(one, ())) for one in line)
        return list[_object(ClaimLine.__name__, ClaimLine.__doc__, members)]  # type: ignore[misc]
    name = _name_of(part)
    return _scalar(name, _bounded(part.abi_type), _about(name))


def _name_of(part: schema.Field) -> str:
    """Return what a value is: its Solidity type, or what its name says about a plain number."""
    if part.solidity_type in _WORDS:
        return part.solidity_type + _NUMBER
    if part.name.endswith("_fen"):
        return "AmountFen"
    if part.solidity_type == "uint64":
        return "UnixSeconds"
    if part.solidity_type == "int32" and not part.name.endswith("_days"):
        return "PolicyDay"
    return part.solidity_type[0].upper() + part.solidity_type[1:]


def _about(name: str) -> str | None:
    words = _WORDS.get(name.removesuffix(_NUMBER))
    if words is None:
        return _ABOUT.get(name)
    return ", ".join(f"{one.value} {one.name}" for one in words) + "."


@cache
def _scalar(name: str, bounded: Any, about: str | None) -> type[BaseModel]:
    """Return a type with a name: the description has it once and refers to it."""
    return create_model(name, __base__=RootModel[bounded], __doc__=about)


def _bounded(abi_type: str) -> Any:
    """Return the form of a static type or of `bytes`, as node/intents/wire.py takes it."""
    if abi_type == "uint256":
        return Annotated[str, Field(pattern="^[0-9]{1,78}$")]
    if abi_type.startswith("uint"):
        return Annotated[int, Field(ge=0, lt=1 << int(abi_type[4:]))]
    if abi_type.startswith("int"):
        half = 1 << (int(abi_type[3:]) - 1)
        return Annotated[int, Field(ge=-half, lt=half)]
    if abi_type == "bytes":
        return Annotated[str, Field(pattern="^0x([0-9a-f]{2})*$")]
    size = 20 if abi_type == "address" else int(abi_type.removeprefix("bytes"))
    return Annotated[str, Field(pattern=f"^0x[0-9a-f]{{{2 * size}}}$")]


class TypedMember(Out):
    """One member of an EIP-712 struct."""

    name: str
    type: str


class TypedDomain(Out):
    """Where the signature is valid: one router on one chain."""

    name: Literal["Yibao"]
    version: Literal["1"]
    chain_id: int = Field(alias="chainId", gt=0, lt=2**63)
    router: Account = Field(alias="verifyingContract")


class TypedMessage(Out):
    """The envelope, and beside it the fields of the body under the names that `types` has."""

    model_config = ConfigDict(extra="allow")

    actor: Account
    nonce: WideNumber
    deadline: int = Field(ge=0, lt=2**63)


class TypedData(Out):
    """The document for `eth_signTypedData_v4` (EIP-712)."""

    types: dict[str, list[TypedMember]]
    primary_type: str = Field(
        alias="primaryType",
        json_schema_extra={"enum": [rule.type_name for rule in KINDS.values()]},
    )
    domain: TypedDomain
    message: TypedMessage
