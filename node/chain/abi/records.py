"""Structs that contracts return and emit: contracts/src/types and the interfaces, in Python.

Claim evidence and member-years travel packed; their methods unpack them into the domain's classes.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Annotated

from node.chain.abi.kinds import HoldState, PlanKind, PlanStatus
from node.chain.abi.layouts import (
    Account,
    Bill32,
    CareLabel,
    Claim32,
    Hash,
    Int32,
    LevelLabel,
    RecordLayout,
    RegionLabel,
    Uint8,
    Uint16,
    Uint32,
    Uint40,
    Uint64,
    Uint256,
)
from node.chain.abi.packing import Word
from node.domain.adjudication.accumulators import Accumulators
from node.domain.adjudication.settlement import Settlement
from node.domain.ids import Region
from node.domain.kinds import CashMode, MemberKind, Pocket, ProviderType, Scheme
from node.domain.parties import OrganisationKind, OrganisationStatus
from node.domain.premiums import BillState
from node.wire.errors import PackingError
from node.wire.hexadecimal import from_hex, to_hex
from node.wire.labels import label_of
from node.wire.words import uint


@dataclass(frozen=True, slots=True)
class Bill:
    """A premium bill as people read it. Days are policy days, amounts fen."""

    member: Account
    payer: Account
    insurer: Account
    state: Annotated[BillState, Word("uint8")]
    scheme: Annotated[Scheme, Word("uint8")]
    member_kind: Annotated[MemberKind, Word("uint8")]
    region: RegionLabel
    parts: Uint8
    paid_parts: Uint8
    revision: Uint32
    period_start: Int32
    period_end: Int32
    joined_day: Int32
    due_day: Int32
    part_interval_days: Int32
    grace_days: Uint16
    backpay_days: Uint16
    late_fee_bp_per_day: Uint16
    personal_fen: Uint64
    employee_fen: Uint64
    subsidy_fen: Uint64
    paid_medical_fen: Uint64
    paid_cash_fen: Uint64
    paid_late_fee_fen: Uint64


@dataclass(frozen=True, slots=True)
class PremiumQuote:
    """What the next part of a bill costs now, in fen."""

    part: Uint8
    revision: Uint32
    gross_fen: Uint64
    subsidy_fen: Uint64
    part_fen: Uint64
    employee_fen: Uint64
    late_fee_fen: Uint64
    total_fen: Uint64


@dataclass(frozen=True, slots=True)
class Decision:
    """What adjudication decided, where the money comes from, the year before and after."""

    settlement: Settlement
    before: Accumulators
    afterwards: Accumulators
    insurer: Account
    supplementary_payer: Account
    year: Uint16
    accumulators_hash: Hash
    trace_hash: Hash


@dataclass(frozen=True, slots=True)
class YearWords:
    """Accumulators as they are stored: three words, low bits first, one per scope."""

    first: Uint256
    second: Uint256
    third: Uint256

    def accumulators(self) -> Accumulators:
        """Return the twelve values."""
        words = [lane(word, place) for place in range(4) for word in astuple(self)]
        *scoped, compliant, stays, aid = words
        return Accumulators.from_words((*scoped, compliant, aid, stays))


@dataclass(frozen=True, slots=True)
class ClaimTerms:
    """What a claim was decided under, unpacked from one word of its evidence."""

    region: Region
    scheme: Scheme
    cash_mode: CashMode
    year: int
    plan_version: int
    month: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class ReversalEvidence:
    """Everything a claim's commitment covers; emitted at settlement, supplied at reversal."""

    claim_id: Claim32
    previous_claim: Claim32
    trace_hash: Hash
    plan_id: Hash
    terms: Hash
    member: Account
    provider: Account
    family_holder: Account
    insurer: Account
    supplementary_payer: Account
    amounts: Annotated[tuple[int, ...], "uint256[4]"]
    before: YearWords
    afterwards: YearWords

    def settlement(self) -> Settlement:
        """Return the fifteen figures of the claim."""
        lanes = [lane(word, place) for word in self.amounts for place in range(4)]
        return Settlement(*lanes[:15])

    def claim_terms(self) -> ClaimTerms:
        """Return what the word `terms` holds. Errors: PackingError."""
        data = from_hex(self.terms)
        try:
            scheme, cash_mode = Scheme(data[12]), CashMode(data[13])
        except ValueError:
            raise PackingError("terms name an unknown scheme or cash mode") from None
        year, version = int.from_bytes(data[14:16]), int.from_bytes(data[16:20])
        region, month = Region(label_of(data[:12])), data[20]
        return ClaimTerms(region, scheme, cash_mode, year, version, month, to_hex(data[24:]))


def lane(word: int, place: int) -> int:
    """Return one of the four 64-bit numbers of a word, the lowest first."""
    return word >> 64 * place & 0xFFFF_FFFF_FFFF_FFFF


@dataclass(frozen=True, slots=True)
class Coverage:
    """A coverage period [start_day, end_day); care is paid from `care_from_day` on."""

    start_day: Int32
    end_day: Int32
    care_from_day: Int32
    tenure_years: Uint16
    member_kind: Annotated[MemberKind, Word("uint8")]
    insurer: Account
    region: RegionLabel
    bill_id: Bill32


@dataclass(frozen=True, slots=True)
class Organisation:
    """A registered organisation."""

    kind: Annotated[OrganisationKind, Word("uint8")]
    status: Annotated[OrganisationStatus, Word("uint8")]
    provider_type: Annotated[ProviderType, Word("uint8")]
    level: LevelLabel
    region: RegionLabel
    settlement_account: Account


@dataclass(frozen=True, slots=True)
class PlanHead:
    """Head of a plan version, valid for service days in [valid_from, valid_until)."""

    kind: Annotated[PlanKind, Word("uint8")]
    status: Annotated[PlanStatus, Word("uint8")]
    region: RegionLabel
    scheme: Annotated[Scheme, Word("uint8")]
    member_kind: Annotated[MemberKind, Word("uint8")]
    care_type: CareLabel
    valid_from: Int32
    valid_until: Int32
    insurer: Account
    source_hash: Hash
    catalogue_root: Hash


@dataclass(frozen=True, slots=True)
class Hold:
    """Money set aside; a lapsed hold shows OPEN until a call expires it. Seconds, fen."""

    account: Account
    pocket: Annotated[Pocket, Word("uint8")]
    state: Annotated[HoldState, Word("uint8")]
    amount_fen: Uint64
    expires_at: Uint40


@dataclass(frozen=True, slots=True)
class PendingTransfer:
    """One wallet transfer on its way; amount zero = none."""

    receiver: Account
    amount_fen: Uint64
    returns_at: Uint40


@dataclass(frozen=True, slots=True)
class TransferState:
    """The pending transfer of a sender and how many were sent on a day."""

    pending: PendingTransfer
    sent_today: Uint8


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """Where a name points; zeros when nothing is set."""

    target: Account
    version: Uint32
    code_hash: Hash


@dataclass(frozen=True, slots=True)
class Balances:
    """Available and held fen of an account, indexed by Pocket, read in one call."""

    available: tuple[int, int, int]
    held: tuple[int, int, int]


EVIDENCE = RecordLayout(ReversalEvidence)


def evidence_bytes(evidence: ReversalEvidence) -> bytes:
    """Return abi.encode(evidence): what ConfirmClaim supplies and commitments are made of."""
    return EVIDENCE.pack(evidence)


def reversal_bytes(newest_first: Sequence[ReversalEvidence]) -> bytes:
    """Return abi.encode(evidence[]) as ReverseClaims supplies it."""
    items = [EVIDENCE.pack(one) for one in newest_first]
    return b"".join((uint(32), uint(len(items)), *items))
