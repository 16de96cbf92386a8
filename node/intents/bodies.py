"""What each intent says: one frozen dataclass per struct of contracts/src/types/Intents.sol.

Field names are those of the struct in snake case (`class` is `item_class`, `from` and `to` are
`from_account` and `to_account`); their ABI
types are read from the compiled interfaces. Ids, hashes, addresses and left-aligned texts are
lower-case 0x text of full length, trailing `bytes` are bytes, enums are integers.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IntentBody:
    """Base of all bodies; it has no fields of its own."""


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One fee line as the chain sees it: no item code, only class, amounts and a salted hash."""

    item_class: int
    gross_fen: int
    over_fen: int
    self_pay_bp: int
    line_hash: str


@dataclass(frozen=True, slots=True)
class OpenWallet(IntentBody):
    """The member opens the own wallet and accepts the terms of that hash."""

    terms_hash: str


@dataclass(frozen=True, slots=True)
class PayPremium(IntentBody):
    """Pay part `part` (from 1); both amounts must equal what is due for it now."""

    bill_id: str
    part: int
    revision: int
    medical_fen: int
    cash_fen: int
    quote_expires_at: int


@dataclass(frozen=True, slots=True)
class TransferMedical(IntentBody):
    """Send MEDICAL money to a near relative."""

    receiver: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class AcceptTransfer(IntentBody):
    """Accept what a relative sent."""

    sender: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Withdraw(IntentBody):
    """Take CASH out through a channel; the hash commits to the bank account."""

    channel: str
    amount_fen: int
    destination_hash: str


@dataclass(frozen=True, slots=True)
class LinkFamily(IntentBody):
    """Let a near relative be paid for; signed by both."""

    relative: str
    relation: int


@dataclass(frozen=True, slots=True)
class EndFamilyLink(IntentBody):
    """End a family link at once."""

    relative: str


@dataclass(frozen=True, slots=True)
class RotateSigner(IntentBody):
    """Add `new_key` now, end `old_key` at `old_valid_until` (seconds); zero key = none."""

    new_key: str
    new_kind: int
    old_key: str
    old_valid_until: int


@dataclass(frozen=True, slots=True)
class ConfirmClaim(IntentBody):
    """Confirm an adjudicated claim; evidence as emitted at adjudication."""

    claim_id: str
    member_fen: int
    evidence: bytes


@dataclass(frozen=True, slots=True)
class CancelIntent(IntentBody):
    """Give up an unused nonce of the actor."""

    cancelled_nonce: int


@dataclass(frozen=True, slots=True)
class SettleClaim(IntentBody):
    """A claim with the amounts its quote promised; signed by provider and member."""

    member: str
    claim_number_hash: str
    plan_id: str
    plan_version: int
    scheme: int
    coverage_start: int
    service_start: int
    service_end: int
    family_holder: str
    cash_mode: int
    total_fen: int
    expected_fund_fen: int
    expected_medical_fen: int
    expected_family_fen: int
    expected_cash_fen: int
    accumulators_hash: str
    quote_expires_at: int
    replaces: str
    lines: tuple[ClaimLine, ...]


@dataclass(frozen=True, slots=True)
class CancelClaim(IntentBody):
    """Take back a claim before it is confirmed."""

    claim_number_hash: str


@dataclass(frozen=True, slots=True)
class ReverseClaims(IntentBody):
    """Undo settled claims, newest first; evidence as emitted at settlement."""

    reason_code: str
    evidence: bytes


@dataclass(frozen=True, slots=True)
class Deposit(IntentBody):
    """Money enters from a channel; a notice hash works once."""

    account: str
    pocket: int
    amount_fen: int
    notice_hash: str


@dataclass(frozen=True, slots=True)
class TransferFund(IntentBody):
    """Move money between an insurer's own funds."""

    region: str
    scheme: int
    from_kind: int
    to_kind: int
    member: str
    amount_fen: int
    reason_code: str


@dataclass(frozen=True, slots=True)
class OpenMember(IntentBody):
    """Register a member account id; a zero key means it acts through guardians."""

    account: str
    signer_key: str
    signer_kind: int
    identity_commitment: str
    categories: int


@dataclass(frozen=True, slots=True)
class AssignGuardian(IntentBody):
    """Name the guardian of a minor until a policy day."""

    member: str
    guardian: str
    until_day: int


@dataclass(frozen=True, slots=True)
class FreezeAccount(IntentBody):
    """Freeze or release an account."""

    account: str
    frozen: bool
    reason_code: str


@dataclass(frozen=True, slots=True)
class Enrol(IntentBody):
    """One coverage period [start_day, end_day) of a member."""

    member: str
    scheme: int
    member_kind: int
    region: str
    start_day: int
    end_day: int
    bill_id: str
    plan_id: str
    plan_version: int
    missed_years: int
    extra_years: int
    newborn: bool
    late: bool


@dataclass(frozen=True, slots=True)
class EndCoverage(IntentBody):
    """Shorten a coverage to end at `end_day`."""

    member: str
    scheme: int
    start_day: int
    end_day: int
    reason_code: str


@dataclass(frozen=True, slots=True)
class IssueBill(IntentBody):
    """A RESIDENT or FLEXIBLE bill; amounts follow from the premium plan."""

    bill_id: str
    member: str
    scheme: int
    member_kind: int
    region: str
    plan_id: str
    plan_version: int
    period_start: int
    period_end: int
    joined_day: int
    due_day: int
    parts: int
    part_interval_days: int


@dataclass(frozen=True, slots=True)
class CancelBill(IntentBody):
    """Cancel an unpaid bill."""

    bill_id: str


@dataclass(frozen=True, slots=True)
class RefundPremium(IntentBody):
    """Pay a bill back to the pockets that paid."""

    bill_id: str
    reason: int


@dataclass(frozen=True, slots=True)
class DeclareWage(IntentBody):
    """An EMPLOYEE bill for one month from the declared wage."""

    member: str
    region: str
    plan_id: str
    plan_version: int
    period_start: int
    period_end: int
    joined_day: int
    wage_fen: int


@dataclass(frozen=True, slots=True)
class PayDeclared(IntentBody):
    """The employer pays a declared bill whole."""

    bill_id: str
    revision: int
    amount_fen: int
    quote_expires_at: int


@dataclass(frozen=True, slots=True)
class RegisterOrganisation(IntentBody):
    """Register an organisation with its first signer."""

    organisation: str
    kind: int
    provider_type: int
    level: str
    region: str
    settlement_account: str
    signer_key: str
    signer_kind: int


@dataclass(frozen=True, slots=True)
class ContractProvider(IntentBody):
    """An insurer contracts or ends a provider."""

    provider: str
    contracted: bool


@dataclass(frozen=True, slots=True)
class RegisterOfficer(IntentBody):
    """An organisation registers an officer; `roles` is a mask of OfficerRole."""

    officer: str
    roles: int
    signer_key: str
    signer_kind: int


@dataclass(frozen=True, slots=True)
class PublishPlan(IntentBody):
    """Propose a plan version; `plan` = the ABI encoding of its rules."""

    plan_id: str
    version: int
    kind: int
    region: str
    scheme: int
    member_kind: int
    care_type: str
    valid_from: int
    valid_until: int
    source_hash: str
    catalogue_root: str
    plan: bytes


@dataclass(frozen=True, slots=True)
class ApprovePlan(IntentBody):
    """Approve the plan version whose body has that hash."""

    plan_id: str
    version: int
    body_hash: str


@dataclass(frozen=True, slots=True)
class ProposeAction(IntentBody):
    """Propose a pause, its end, or a correction."""

    action: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class ApproveAction(IntentBody):
    """Approve a proposed action by signing its payload."""

    action_id: str
    payload: bytes
