// SPDX-License-Identifier: Apache-2.0
// PlanBody is the shape of a stored value and deployed from here only.
// solhint-disable-next-line one-contract-per-file
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { IPlanRegistry } from "../interfaces/IPlanRegistry.sol";
import { IProviderRegistry } from "../interfaces/IProviderRegistry.sol";
import { Accounts } from "../libraries/money/Accounts.sol";
import { Days } from "../libraries/time/Days.sol";
import { PlanChecks } from "../libraries/plans/PlanChecks.sol";
import { CareScope } from "../types/ClaimTypes.sol";
import {
    AlreadyExists,
    CareTypeNotCovered,
    InvalidPeriod,
    KindUnknown,
    NotOwner,
    PlanUnknown,
    PlanVersionFrozen,
    QuoteStale,
    SameApprover,
    TooMany
} from "../types/Errors.sol";
import { CareType, Level, PlanId, Region } from "../types/Ids.sol";
import { ApprovePlan, PublishPlan } from "../types/Intents.sol";
import { FundKind } from "../types/Money.sol";
import {
    MemberKind,
    OFFICER_PLANS,
    OrganisationKind,
    ProviderType,
    Scheme
} from "../types/Parties.sol";
import {
    BenefitPlan,
    PlanHead,
    PlanKind,
    PlanStatus,
    PremiumPlan
} from "../types/PlanTypes.sol";

/// @title A contract whose code is one plan body: readable in one cold access, unchangeable for
/// ever.
/// @dev Every canonical body starts with a zero byte (an offset word or a 64-bit amount), which
/// is STOP: a call to this address does nothing. Reading needs no assembly: `address.code`.
contract PlanBody {
    constructor(bytes memory body) {
        // The one way to deploy given bytes as code.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            return(add(body, 32), mload(body))
        }
    }
}

/// @title PlanRegistry
/// @dev Storage layout:
/// - slot 0: AccessManaged (authority)
/// - slot 1: _versions, (plan id, version) → 9 slots: {kind, status, region, scheme, memberKind,
///   careType}, {validFrom, validUntil, insurer}, source hash, catalogue root, {body, forStays},
///   {proposer}, body hash, {payer}, {backer}
/// - slot 2: _lastVersion, plan id → version
/// - slot 3: _owners, selector → plan id
/// - slot 4: _selectors, plan id → selector
contract PlanRegistry is AccessManaged, IPlanRegistry {
    /// @dev A body and its checks come from one contract's code, so its size is limited like any
    /// code.
    uint256 private constant MAX_BODY_BYTES = 24_576;

    CareType private constant INPATIENT = CareType.wrap("INPATIENT");

    struct Version {
        PlanHead head;
        address body;
        bool forStays;
        address proposer;
        bytes32 bodyHash;
        address payer;
        address backer;
    }

    // ---------------------------------------------------------------- storage

    IProviderRegistry private immutable PROVIDERS;

    mapping(PlanId planId => mapping(uint32 version => Version)) private _versions;
    mapping(PlanId planId => uint32 version) private _lastVersion;
    mapping(bytes32 selector => PlanId planId) private _owners;
    mapping(PlanId planId => bytes32 selector) private _selectors;

    // ------------------------------------------------------------ constructor

    constructor(address authority_, IProviderRegistry providers) AccessManaged(authority_) {
        PROVIDERS = providers;
    }

    // ---------------------------------------------------------------- publish

    /// @inheritdoc IPlanRegistry
    function propose(address actor, bytes32, PublishPlan calldata body) external restricted {
        if (body.kind > uint8(type(PlanKind).max)) revert KindUnknown(body.kind);
        PlanHead memory head = _headFrom(body, _insurerOf(actor));
        Version storage version = _versions[body.planId][body.version];
        if (version.head.status != PlanStatus.NONE) {
            revert PlanVersionFrozen(body.planId, body.version);
        }
        _requireFits(body.planId, body.version, head);
        bytes32 bodyHash = keccak256(body.plan);

        version.head = head;
        version.proposer = actor;
        version.bodyHash = bodyHash;
        _store(version, body.plan);

        emit PlanProposed(body.planId, body.version, actor, head, bodyHash);
    }

    /// @inheritdoc IPlanRegistry
    function approve(address actor, bytes32, ApprovePlan calldata body) external restricted {
        Version storage version = _versions[body.planId][body.version];
        PlanHead memory head = version.head;
        // The insurer itself, not one of its officers, answers for its funds.
        bool backs = PROVIDERS.activeKindOf(actor) == OrganisationKind.INSURER;
        address insurer = backs ? actor : _insurerOf(actor);
        if (head.status == PlanStatus.NONE) revert PlanUnknown(body.planId, body.version);
        if (head.status == PlanStatus.APPROVED) {
            revert PlanVersionFrozen(body.planId, body.version);
        }
        if (body.bodyHash != version.bodyHash) revert QuoteStale(PlanId.unwrap(body.planId));
        if (backs) {
            _back(version, actor, body);
            return;
        }
        if (insurer != head.insurer) revert NotOwner(actor, PlanId.unwrap(body.planId));
        if (actor == version.proposer) revert SameApprover(actor);
        if (version.payer != address(0) && version.backer == address(0)) {
            _requireCommand(insurer, head.scheme, version.payer);
        }
        uint32 ended = _requireFits(body.planId, body.version, head);

        bytes32 selector = _selectorOf(head);
        version.head.status = PlanStatus.APPROVED;
        _lastVersion[body.planId] = body.version;
        _owners[selector] = body.planId;
        _selectors[body.planId] = selector;
        if (ended != 0) _versions[body.planId][ended].head.validUntil = head.validFrom;

        emit PlanApproved(body.planId, body.version, actor, insurer);
        if (ended != 0) emit PlanEnded(body.planId, ended, head.validFrom);
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc IPlanRegistry
    function headOf(PlanId planId, uint32 version) external view returns (PlanHead memory) {
        return _versions[planId][version].head;
    }

    /// @inheritdoc IPlanRegistry
    function bodyHashOf(PlanId planId, uint32 version) external view returns (bytes32) {
        return _versions[planId][version].bodyHash;
    }

    /// @inheritdoc IPlanRegistry
    function benefitFor(
        PlanId planId,
        uint32 number,
        Service calldata service
    ) external view returns (CareType careType, address body) {
        Version storage version = _versions[planId][number];
        PlanHead storage head = version.head;
        _requireInForce(head, planId, number, service.day);
        if (head.insurer != service.insurer) {
            revert NotOwner(service.insurer, PlanId.unwrap(planId));
        }
        // Fields of one slot, read side by side: the compiler reads the slot once.
        (Region region, Scheme scheme, MemberKind memberKind) =
            (head.region, head.scheme, head.memberKind);
        careType = head.careType;
        bool serves = region == service.region && scheme == service.scheme
            && memberKind == service.memberKind;
        if (!serves) revert CareTypeNotCovered(careType, Level.wrap(0));
        if (version.forStays) _requireBeds(service.provider, careType);
        body = version.body;
    }

    /// @inheritdoc IPlanRegistry
    function benefitPlan(
        PlanId planId,
        uint32 version
    ) external view returns (PlanHead memory head, BenefitPlan memory plan) {
        address body;
        (head, body) = _approved(planId, version, PlanKind.BENEFIT);
        plan = abi.decode(body.code, (BenefitPlan));
    }

    /// @inheritdoc IPlanRegistry
    function premiumPlan(
        PlanId planId,
        uint32 version
    ) external view returns (PlanHead memory head, PremiumPlan memory plan) {
        address body;
        (head, body) = _approved(planId, version, PlanKind.PREMIUM);
        plan = abi.decode(body.code, (PremiumPlan));
    }

    /// @inheritdoc IPlanRegistry
    function lastVersionOf(PlanId planId) external view returns (uint32) {
        return _lastVersion[planId];
    }

    /// @inheritdoc IPlanRegistry
    function planFor(
        PlanKind kind,
        Region region,
        Scheme scheme,
        MemberKind memberKind,
        CareType careType
    ) external view returns (PlanId) {
        return _owners[keccak256(abi.encode(kind, region, scheme, memberKind, careType))];
    }

    // -------------------------------------------------------------- internals

    function _headFrom(
        PublishPlan calldata body,
        address insurer
    ) private pure returns (PlanHead memory) {
        return PlanHead({
            kind: PlanKind(body.kind),
            status: PlanStatus.PROPOSED,
            region: body.region,
            scheme: body.scheme,
            memberKind: body.memberKind,
            careType: body.careType,
            validFrom: body.validFrom,
            validUntil: body.validUntil,
            insurer: insurer,
            sourceHash: body.sourceHash,
            catalogueRoot: body.catalogueRoot
        });
    }

    /// @dev The insurer whose plan officer the actor is.
    function _insurerOf(address actor) private view returns (address insurer) {
        insurer = PROVIDERS.requireOfficer(actor, OFFICER_PLANS);
        PROVIDERS.requireKind(insurer, OrganisationKind.INSURER);
    }

    /// @dev Whether a version may follow what is approved, tested when it is proposed and again
    /// when it is approved.
    /// @return ended The version that ends where this one begins; zero if none does.
    function _requireFits(
        PlanId planId,
        uint32 number,
        PlanHead memory head
    ) private view returns (uint32 ended) {
        if (head.validFrom >= head.validUntil) {
            revert InvalidPeriod(head.validFrom, head.validUntil);
        }
        if (!(PROVIDERS.organisationOf(head.insurer).region == head.region)) {
            revert NotOwner(head.insurer, bytes32(Region.unwrap(head.region)));
        }
        _requireSelector(planId, _selectorOf(head));
        uint32 last = _lastVersion[planId];
        if (number <= last) revert PlanVersionFrozen(planId, number);
        if (last == 0) return 0;
        PlanHead storage previous = _versions[planId][last].head;
        if (previous.insurer != head.insurer) {
            revert NotOwner(head.insurer, PlanId.unwrap(planId));
        }
        if (head.validFrom >= previous.validUntil) return 0;
        // Days that have begun may carry claims: they keep the version they were settled with.
        bool future = head.validFrom > Days.today();
        if (!future || head.validFrom <= previous.validFrom) {
            revert PlanVersionFrozen(planId, last);
        }
        return last;
    }

    /// @dev One plan id per selector and one selector per plan id, so that nobody picks a kinder
    /// plan.
    function _requireSelector(PlanId planId, bytes32 selector) private view {
        bytes32 id = PlanId.unwrap(planId);
        bytes32 owner = PlanId.unwrap(_owners[selector]);
        if (owner != 0 && owner != id) revert AlreadyExists(owner);
        bytes32 own = _selectors[planId];
        if (own != 0 && own != selector) revert AlreadyExists(id);
    }

    /// @dev Checks the rules and keeps them as code, with what is asked of them without reading
    /// them.
    function _store(Version storage version, bytes calldata plan) private {
        if (plan.length > MAX_BODY_BYTES) revert TooMany(plan.length, MAX_BODY_BYTES);
        if (version.head.kind == PlanKind.BENEFIT) {
            (CareScope scope, address payer) = PlanChecks.requireBenefit(plan);
            version.payer = payer;
            version.forStays = scope == CareScope.INPATIENT || version.head.careType == INPATIENT;
        } else {
            PlanChecks.requirePremium(plan);
        }
        version.body = address(new PlanBody(plan));
    }

    /// @dev An insurer lets its own fund pay what a proposed version of somebody else promises.
    function _back(Version storage version, address actor, ApprovePlan calldata body) private {
        _requireCommand(actor, version.head.scheme, version.payer);
        version.backer = actor;
        emit PlanBacked(body.planId, body.version, actor, version.payer);
    }

    /// @dev An insurer commands the funds of its region. POOLED and AID never pay a
    /// supplementary layer: the one pays no class C, the other listed categories only.
    function _requireCommand(address insurer, Scheme scheme, address payer) private view {
        Region region = PROVIDERS.organisationOf(insurer).region;
        bool own = payer == Accounts.fund(region, scheme, FundKind.BIG_ILLNESS)
            || payer == Accounts.fund(region, scheme, FundKind.SUBSIDY)
            || payer == Accounts.fund(region, scheme, FundKind.CAMPAIGN);
        if (!own) revert NotOwner(insurer, bytes32(uint256(uint160(payer))));
    }

    /// @dev A pharmacy sells drugs, devices and consumables; it admits nobody.
    function _requireBeds(address provider, CareType careType) private view {
        IProviderRegistry.Organisation memory found = PROVIDERS.organisationOf(provider);
        if (found.providerType == ProviderType.PHARMACY) {
            revert CareTypeNotCovered(careType, found.level);
        }
    }

    /// @dev An approved benefit version, on one of its days.
    function _requireInForce(
        PlanHead storage head,
        PlanId planId,
        uint32 number,
        int32 day
    ) private view {
        // Side by side, as above.
        (PlanKind kind, PlanStatus status) = (head.kind, head.status);
        (int32 validFrom, int32 validUntil) = (head.validFrom, head.validUntil);
        bool known = status == PlanStatus.APPROVED && kind == PlanKind.BENEFIT
            && day >= validFrom && day < validUntil;
        if (!known) revert PlanUnknown(planId, number);
    }

    function _approved(
        PlanId planId,
        uint32 number,
        PlanKind kind
    ) private view returns (PlanHead memory head, address body) {
        Version storage version = _versions[planId][number];
        head = version.head;
        if (head.status != PlanStatus.APPROVED || head.kind != kind) {
            revert PlanUnknown(planId, number);
        }
        body = version.body;
    }

    function _selectorOf(PlanHead memory head) private pure returns (bytes32) {
        return keccak256(
            abi.encode(head.kind, head.region, head.scheme, head.memberKind, head.careType)
        );
    }
}
