// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { CareType, Level, Region } from "./Ids.sol";
import { MemberKind, Scheme } from "./Parties.sol";
import { CareScope } from "./ClaimTypes.sol";

/// @dev `type(uint64).max` as an edge, cap or maximum means "none".
uint64 constant UNLIMITED = type(uint64).max;

/// @dev A marginal band up to `edgeFen`, paid at `ratioBp`. Edges rise; the last is UNLIMITED.
struct Band {
    uint64 edgeFen;
    uint16 ratioBp;
}

/// @dev Deductible ladder and bands of one hospital level; `level` zero serves every level
/// without its own rule. A stay past the ladder uses its last entry; outside stays the first
/// entry counts.
struct LevelRule {
    Level level;
    uint64[] deductibleByStayFen;
    Band[] bands;
}

enum LayerKind {
    BIG_ILLNESS,
    AID,
    SUPPLEMENTARY
}

/// @dev A layer after the basic one. BIG_ILLNESS uses bands on the year's compliant self-pay;
/// AID and SUPPLEMENTARY use `ratioBp`. `categories` is a mask matched with the member's (AID);
/// `payer` the fund account that pays a SUPPLEMENTARY layer, zero for the others (their fund
/// follows from region and scheme). `tenureBonusFen` raises `capFen` for each continuous year
/// from the fifth on.
struct Layer {
    LayerKind kind;
    uint64 deductibleFen;
    bool bandsOnTotal;
    Band[] bands;
    uint16 ratioBp;
    uint64 capFen;
    uint64 tenureBonusFen;
    bool countsPreSelfPay;
    uint32 categories;
    address payer;
}

/// @dev Benefit rules of one plan version: the body that PlanRegistry keeps,
/// abi.encode(BenefitPlan).
struct BenefitPlan {
    CareScope scope;
    LevelRule[] levels;
    bool deductibleOverYear;
    bool bandsOnTotal;
    bool bandsOverYear;
    uint64 eligibleCapFen;
    bool eligibleCapOverYear;
    uint64 fundCapFen;
    bool fundCapOverYear;
    bool providerBearsOverLimit;
    bool accountPaysAll;
    bool sharedSpendCounts;
    bool fixedAmount;
    uint64 copayFen;
    uint16 coinsuranceBp;
    uint64 outOfPocketMaxFen;
    Layer[] layers;
}

enum Proration {
    NONE,
    MONTHS,
    DAYS
}

/// @dev Premium rules of one plan version: abi.encode(PremiumPlan). Personal and subsidy amounts
/// by MemberKind. `dueDays` says when a declared bill is due: so many days after the first of
/// its month.
struct PremiumPlan {
    uint64 baseFloorFen;
    uint64 baseCeilingFen;
    uint16 employerBp;
    uint16 employeeBp;
    uint64[6] personalFen;
    uint64[6] subsidyFen;
    Proration proration;
    uint16 dueDays;
    uint16 graceDays;
    uint16 backpayDays;
    uint16 lateFeeBpPerDay;
    uint8 waitingFixedMonths;
    uint8 waitingMonthsPerMissedYear;
    uint8 waitingFloorMonths;
    uint8 waitingFloorAfterYears;
}

enum PlanKind {
    BENEFIT,
    PREMIUM
}

enum PlanStatus {
    NONE,
    PROPOSED,
    APPROVED
}

/// @dev Head of a plan version. Valid for service days in [validFrom, validUntil). A plan id
/// belongs to exactly one (region, scheme, memberKind, careType) and that selector to exactly
/// one plan id, so nobody picks a kinder plan.
struct PlanHead {
    PlanKind kind;
    PlanStatus status;
    Region region;
    Scheme scheme;
    MemberKind memberKind;
    CareType careType;
    int32 validFrom;
    int32 validUntil;
    address insurer;
    bytes32 sourceHash;
    bytes32 catalogueRoot;
}
