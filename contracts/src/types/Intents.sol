// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { BillId, CareType, ClaimId, Level, PlanId, Region } from "./Ids.sol";
import { CashMode, ClaimLine } from "./ClaimTypes.sol";
import { FundKind, Pocket } from "./Money.sol";
import {
    MemberKind,
    OrganisationKind,
    ProviderType,
    Relation,
    Scheme,
    SignerKind
} from "./Parties.sol";

/// @dev THE definition of every signed intent. Three shapes, so that one routine can hash them
/// all: STATIC (words only), BYTES (words, then one trailing `bytes`), LINES (words, then one
/// trailing `ClaimLine[]`).
/// The EIP-712 type of a kind is its body struct with `address actor,uint256 nonce,uint64
/// deadline` put in front; the digest of that typed data is the id of the payment everywhere.
enum IntentKind {
    NONE,
    // members
    OPEN_WALLET,
    PAY_PREMIUM,
    TRANSFER_MEDICAL,
    ACCEPT_TRANSFER,
    WITHDRAW,
    LINK_FAMILY,
    END_FAMILY_LINK,
    ROTATE_MEMBER_SIGNER,
    CONFIRM_CLAIM,
    // any actor
    CANCEL_INTENT,
    // organisations
    SETTLE_CLAIM,
    SUBMIT_CLAIM,
    CANCEL_CLAIM,
    REVERSE_CLAIMS,
    DEPOSIT,
    TRANSFER_FUND,
    OPEN_MEMBER,
    ASSIGN_GUARDIAN,
    FREEZE_ACCOUNT,
    ENROL,
    END_COVERAGE,
    ISSUE_BILL,
    CANCEL_BILL,
    REFUND_PREMIUM,
    DECLARE_WAGE,
    PAY_DECLARED,
    REGISTER_ORGANISATION,
    CONTRACT_PROVIDER,
    REGISTER_OFFICER,
    ROTATE_ORGANISATION_SIGNER,
    // officers: four eyes
    PUBLISH_PLAN,
    APPROVE_PLAN,
    PROPOSE_ACTION,
    APPROVE_ACTION
}

/// @dev `account` is whose signature this is: the actor, the counterparty, or the guardian of
/// either. `data`: SECP256K1 = r ‖ s ‖ v (65 bytes, low s); P256 = r ‖ s ‖ x ‖ y (128 bytes, low
/// s) over the digest.
struct IntentSignature {
    address account;
    SignerKind kind;
    bytes data;
}

/// @dev `body` is the ABI encoding of the kind's struct without an outer offset, canonical to
/// the byte.
struct Intent {
    IntentKind kind;
    address actor;
    uint256 nonce;
    uint64 deadline;
    bytes body;
    IntentSignature[] signatures;
}

struct OpenWallet {
    bytes32 termsHash;
}

/// @dev `part` counts from 1. `medicalFen + cashFen` must equal what is due for the part now.
struct PayPremium {
    BillId billId;
    uint8 part;
    uint32 revision;
    uint64 medicalFen;
    uint64 cashFen;
    uint64 quoteExpiresAt;
}

struct TransferMedical {
    address receiver;
    uint64 amountFen;
}

struct AcceptTransfer {
    address sender;
    uint64 amountFen;
}

struct Withdraw {
    address channel;
    uint64 amountFen;
    bytes32 destinationHash;
}

/// @dev Two signatures: the holder (actor) and the relative.
struct LinkFamily {
    address relative;
    Relation relation;
}

struct EndFamilyLink {
    address relative;
}

/// @dev Adds `newKey` now and ends `oldKey` at `oldValidUntil` (seconds); a zero key means
/// "none".
struct RotateSigner {
    bytes32 newKey;
    SignerKind newKind;
    bytes32 oldKey;
    uint64 oldValidUntil;
}

/// @dev `evidence` = abi.encode(ReversalEvidence) as emitted when the claim was adjudicated.
struct ConfirmClaim {
    ClaimId claimId;
    uint64 memberFen;
    bytes evidence;
}

struct CancelIntent {
    uint256 cancelledNonce;
}

/// @dev Two signatures: the provider (actor) and the member or guardian. The expected amounts
/// and the hash of the accumulators come from the quote; anything else at settlement is
/// `QuoteStale`. `coverageStart` and the service days are policy days. `familyHolder` is zero
/// when no holder may be charged. `claimNumberHash` = keccak256 of the provider's own claim
/// number.
struct SettleClaim {
    address member;
    bytes32 claimNumberHash;
    PlanId planId;
    uint32 planVersion;
    Scheme scheme;
    int32 coverageStart;
    int32 serviceStart;
    int32 serviceEnd;
    address familyHolder;
    CashMode cashMode;
    uint64 totalFen;
    uint64 expectedFundFen;
    uint64 expectedMedicalFen;
    uint64 expectedFamilyFen;
    uint64 expectedCashFen;
    bytes32 accumulatorsHash;
    uint64 quoteExpiresAt;
    ClaimId replaces;
    ClaimLine[] lines;
}

/// @dev The claim id follows from the actor and this hash, so nobody can name another's claim.
struct CancelClaim {
    bytes32 claimNumberHash;
}

/// @dev `evidence` = abi.encode(ReversalEvidence[]), newest claim first: checked against each
/// stored commitment.
struct ReverseClaims {
    bytes32 reasonCode;
    bytes evidence;
}

/// @dev From the channel's EXTERNAL counter to any account; `noticeHash` is the hash of the
/// channel's own notice number, usable once.
struct Deposit {
    address account;
    Pocket pocket;
    uint64 amountFen;
    bytes32 noticeHash;
}

/// @dev Inside one region and scheme. `member` zero: from fund `fromKind` to fund `toKind`;
/// otherwise the monthly grant of a retiree, from POOLED (`fromKind` and `toKind` both POOLED)
/// to the MEDICAL pocket of `member`.
struct TransferFund {
    Region region;
    Scheme scheme;
    FundKind fromKind;
    FundKind toKind;
    address member;
    uint64 amountFen;
    bytes32 reasonCode;
}

struct OpenMember {
    address account;
    bytes32 signerKey;
    SignerKind signerKind;
    bytes32 identityCommitment;
    uint32 categories;
}

struct AssignGuardian {
    address member;
    address guardian;
    int32 untilDay;
}

struct FreezeAccount {
    address account;
    bool frozen;
    bytes32 reasonCode;
}

/// @dev One coverage period [startDay, endDay). `billId` zero = nothing to pay for it.
/// `missedYears`, `extraYears` and `newborn` feed the waiting rule of premium plan (planId,
/// planVersion).
struct Enrol {
    address member;
    Scheme scheme;
    MemberKind memberKind;
    Region region;
    int32 startDay;
    int32 endDay;
    BillId billId;
    PlanId planId;
    uint32 planVersion;
    uint8 missedYears;
    uint8 extraYears;
    bool newborn;
    bool late;
}

struct EndCoverage {
    address member;
    Scheme scheme;
    int32 startDay;
    int32 endDay;
    bytes32 reasonCode;
}

/// @dev A RESIDENT or FLEXIBLE bill; amounts follow from the premium plan and the member kind.
struct IssueBill {
    BillId billId;
    address member;
    Scheme scheme;
    MemberKind memberKind;
    Region region;
    PlanId planId;
    uint32 planVersion;
    int32 periodStart;
    int32 periodEnd;
    int32 joinedDay;
    int32 dueDay;
    uint8 parts;
    int32 partIntervalDays;
}

struct CancelBill {
    BillId billId;
}

struct RefundPremium {
    BillId billId;
    uint8 reason;
}

/// @dev An EMPLOYEE bill for one month from the declared wage; the employer owes both shares on
/// the due day of the plan.
struct DeclareWage {
    address member;
    Region region;
    PlanId planId;
    uint32 planVersion;
    int32 periodStart;
    int32 periodEnd;
    int32 joinedDay;
    uint64 wageFen;
}

/// @dev The employer pays a declared bill whole: employer share, employee share and any late
/// fee.
struct PayDeclared {
    BillId billId;
    uint32 revision;
    uint64 amountFen;
    uint64 quoteExpiresAt;
}

struct RegisterOrganisation {
    address organisation;
    OrganisationKind kind;
    ProviderType providerType;
    Level level;
    Region region;
    address settlementAccount;
    bytes32 signerKey;
    SignerKind signerKind;
}

/// @dev An insurer contracts (or ends) a provider for its own claims.
struct ContractProvider {
    address provider;
    bool contracted;
}

/// @dev The organisation itself registers its officer; `roles` is a mask of OFFICER_*.
struct RegisterOfficer {
    address officer;
    uint8 roles;
    bytes32 signerKey;
    SignerKind signerKind;
}

/// @dev `plan` = abi.encode(BenefitPlan) or abi.encode(PremiumPlan) by `kind` (PlanKind).
struct PublishPlan {
    PlanId planId;
    uint32 version;
    uint8 kind;
    Region region;
    Scheme scheme;
    MemberKind memberKind;
    CareType careType;
    int32 validFrom;
    int32 validUntil;
    bytes32 sourceHash;
    bytes32 catalogueRoot;
    bytes plan;
}

/// @dev `bodyHash` = keccak256 of the proposed plan bytes: the approver signs the content, not a
/// name.
struct ApprovePlan {
    PlanId planId;
    uint32 version;
    bytes32 bodyHash;
}

/// @dev `action`: ActionKind. `payload` is empty for pause and unpause, abi.encode(Correction)
/// for a correction.
struct ProposeAction {
    uint8 action;
    bytes payload;
}

struct ApproveAction {
    bytes32 actionId;
    bytes payload;
}
