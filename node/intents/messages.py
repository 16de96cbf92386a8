"""Intents: what a member or organisation signs, and which contract function it reaches.

The table KINDS mirrors the dispatch of contracts/src/libraries/intents/IntentRules.sol; a test
compares type hashes, handlers and gas budgets of both.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from node.domain.parties import SignerKind
from node.intents import bodies
from node.intents.bodies import IntentBody


class IntentKind(enum.IntEnum):
    """Kind of an intent, numbered as in types/Intents.sol. Append only."""

    NONE = 0
    OPEN_WALLET = 1
    PAY_PREMIUM = 2
    TRANSFER_MEDICAL = 3
    ACCEPT_TRANSFER = 4
    WITHDRAW = 5
    LINK_FAMILY = 6
    END_FAMILY_LINK = 7
    ROTATE_MEMBER_SIGNER = 8
    CONFIRM_CLAIM = 9
    CANCEL_INTENT = 10
    SETTLE_CLAIM = 11
    SUBMIT_CLAIM = 12
    CANCEL_CLAIM = 13
    REVERSE_CLAIMS = 14
    DEPOSIT = 15
    TRANSFER_FUND = 16
    OPEN_MEMBER = 17
    ASSIGN_GUARDIAN = 18
    FREEZE_ACCOUNT = 19
    ENROL = 20
    END_COVERAGE = 21
    ISSUE_BILL = 22
    CANCEL_BILL = 23
    REFUND_PREMIUM = 24
    DECLARE_WAGE = 25
    PAY_DECLARED = 26
    REGISTER_ORGANISATION = 27
    CONTRACT_PROVIDER = 28
    REGISTER_OFFICER = 29
    ROTATE_ORGANISATION_SIGNER = 30
    PUBLISH_PLAN = 31
    APPROVE_PLAN = 32
    PROPOSE_ACTION = 33
    APPROVE_ACTION = 34


ACTOR = "actor"
"""Part of the first signer; that of the second is the body field that names it."""


class ActorClass(enum.Enum):
    """In which registry the actor's signer is looked up."""

    MEMBER = "member"
    ORGANISATION = "organisation"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class KindRule:
    """Everything fixed about a kind.

    `counterparty` names the body field of the second signer, a member; None = one signature.
    """

    body: type[IntentBody]
    contract: str
    function: str
    actor: ActorClass
    type_name: str
    counterparty: str | None = None


def _rule(
    body: type[IntentBody],
    handler: str,
    actor: ActorClass,
    *,
    type_name: str | None = None,
    counterparty: str | None = None,
) -> KindRule:
    contract, function = handler.split(".")
    return KindRule(body, contract, function, actor, type_name or body.__name__, counterparty)


_MEMBER, _ORGANISATION, _ANY = ActorClass.MEMBER, ActorClass.ORGANISATION, ActorClass.ANY
_K = IntentKind

KINDS: dict[IntentKind, KindRule] = {
    _K.OPEN_WALLET: _rule(bodies.OpenWallet, "MemberRegistry.openWallet", _MEMBER),
    _K.PAY_PREMIUM: _rule(bodies.PayPremium, "PremiumCollector.pay", _MEMBER),
    _K.TRANSFER_MEDICAL: _rule(bodies.TransferMedical, "WalletOperations.transfer", _MEMBER),
    _K.ACCEPT_TRANSFER: _rule(bodies.AcceptTransfer, "WalletOperations.acceptTransfer", _MEMBER),
    _K.WITHDRAW: _rule(bodies.Withdraw, "WalletOperations.withdraw", _MEMBER),
    _K.LINK_FAMILY: _rule(
        bodies.LinkFamily, "MemberRegistry.linkFamily", _MEMBER, counterparty="relative"
    ),
    _K.END_FAMILY_LINK: _rule(bodies.EndFamilyLink, "MemberRegistry.endFamilyLink", _MEMBER),
    _K.ROTATE_MEMBER_SIGNER: _rule(
        bodies.RotateSigner,
        "MemberRegistry.rotateSigner",
        _MEMBER,
        type_name="RotateMemberSigner",
    ),
    _K.CONFIRM_CLAIM: _rule(bodies.ConfirmClaim, "ClaimSettlement.confirm", _MEMBER),
    _K.CANCEL_INTENT: _rule(bodies.CancelIntent, "IntentRouter.cancel", _ANY),
    _K.SETTLE_CLAIM: _rule(
        bodies.SettleClaim, "ClaimSettlement.settle", _ORGANISATION, counterparty="member"
    ),
    _K.SUBMIT_CLAIM: _rule(
        bodies.SettleClaim, "ClaimSettlement.submit", _ORGANISATION, type_name="SubmitClaim"
    ),
    _K.CANCEL_CLAIM: _rule(bodies.CancelClaim, "ClaimSettlement.cancel", _ORGANISATION),
    _K.REVERSE_CLAIMS: _rule(bodies.ReverseClaims, "ClaimSettlement.reverse", _ORGANISATION),
    _K.DEPOSIT: _rule(bodies.Deposit, "WalletOperations.deposit", _ORGANISATION),
    _K.TRANSFER_FUND: _rule(bodies.TransferFund, "WalletOperations.transferFund", _ORGANISATION),
    _K.OPEN_MEMBER: _rule(bodies.OpenMember, "MemberRegistry.open", _ORGANISATION),
    _K.ASSIGN_GUARDIAN: _rule(
        bodies.AssignGuardian, "MemberRegistry.assignGuardian", _ORGANISATION
    ),
    _K.FREEZE_ACCOUNT: _rule(bodies.FreezeAccount, "WalletOperations.freeze", _ORGANISATION),
    _K.ENROL: _rule(bodies.Enrol, "CoverageRegistry.enrol", _ORGANISATION),
    _K.END_COVERAGE: _rule(bodies.EndCoverage, "CoverageRegistry.end", _ORGANISATION),
    _K.ISSUE_BILL: _rule(bodies.IssueBill, "PremiumCollector.issue", _ORGANISATION),
    _K.CANCEL_BILL: _rule(bodies.CancelBill, "PremiumCollector.cancel", _ORGANISATION),
    _K.REFUND_PREMIUM: _rule(bodies.RefundPremium, "PremiumCollector.refund", _ORGANISATION),
    _K.DECLARE_WAGE: _rule(bodies.DeclareWage, "PremiumCollector.declareWage", _ORGANISATION),
    _K.PAY_DECLARED: _rule(bodies.PayDeclared, "PremiumCollector.payDeclared", _ORGANISATION),
    _K.REGISTER_ORGANISATION: _rule(
        bodies.RegisterOrganisation, "ProviderRegistry.register", _ORGANISATION
    ),
    _K.CONTRACT_PROVIDER: _rule(
        bodies.ContractProvider, "ProviderRegistry.contractProvider", _ORGANISATION
    ),
    _K.REGISTER_OFFICER: _rule(
        bodies.RegisterOfficer, "ProviderRegistry.registerOfficer", _ORGANISATION
    ),
    _K.ROTATE_ORGANISATION_SIGNER: _rule(
        bodies.RotateSigner,
        "ProviderRegistry.rotateSigner",
        _ORGANISATION,
        type_name="RotateOrganisationSigner",
    ),
    _K.PUBLISH_PLAN: _rule(bodies.PublishPlan, "PlanRegistry.propose", _ORGANISATION),
    _K.APPROVE_PLAN: _rule(bodies.ApprovePlan, "PlanRegistry.approve", _ORGANISATION),
    _K.PROPOSE_ACTION: _rule(bodies.ProposeAction, "ActionRegistry.propose", _ORGANISATION),
    _K.APPROVE_ACTION: _rule(bodies.ApproveAction, "ActionRegistry.approve", _ORGANISATION),
}


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature over the digest: whose it is, the curve, and its bytes.

    `data`: SECP256K1 = r ‖ s ‖ v (65 bytes), P256 = r ‖ s ‖ x ‖ y (128 bytes); s is low in both.
    """

    account: str
    kind: SignerKind
    data: bytes


@dataclass(frozen=True, slots=True)
class Intent:
    """What is signed. `deadline` is in Unix seconds; `nonce` = space (192 bits) ‖ counter (64)."""

    kind: IntentKind
    actor: str
    nonce: int
    deadline: int
    body: IntentBody

    @property
    def rule(self) -> KindRule:
        """Return what is fixed about the kind. Errors: KeyError for NONE."""
        return KINDS[self.kind]

    @property
    def counterparty(self) -> str | None:
        """Return the account whose signature is needed beside the actor's, or None."""
        name = self.rule.counterparty
        return str(getattr(self.body, name)) if name else None

    @property
    def parties(self) -> dict[str, str]:
        """Return the accounts whose signatures are needed, by part, in the order of signatures."""
        name, account = self.rule.counterparty, self.counterparty
        return {ACTOR: self.actor} | ({name: account} if name and account else {})


@dataclass(frozen=True, slots=True)
class SignedIntent:
    """An intent with its signatures: the actor's first, then the counterparty's."""

    intent: Intent
    signatures: tuple[Signature, ...]
