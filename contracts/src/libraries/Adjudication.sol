// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { CareType, Level } from "../types/Ids.sol";
import { CareScope, Settlement, YearWords } from "../types/ClaimTypes.sol";
import { CareTypeNotCovered, InvalidAmount, LineSumMismatch } from "../types/Errors.sol";
import { WHOLE_BP } from "../types/Money.sol";
import { BenefitPlan, Layer, LayerKind, LevelRule, UNLIMITED } from "../types/PlanTypes.sol";
import { Bands } from "./Bands.sol";
import { Layers } from "./Layers.sol";
import { LineSplit } from "./LineSplit.sol";
import { Rounding } from "./Rounding.sol";
import { SettlementCodec } from "./SettlementCodec.sol";
import { YearCodec } from "./YearCodec.sol";

/// @title Adjudication: what each fund, the provider and the member pay of one claim.
/// @notice The Solidity form of docs/adjudication.md, whose sections the code cites; the Python
/// form is node/domain/adjudication.py. Same inputs, same integers, same refusals.
/// @dev Linked externally. The plan comes as the bytes PlanRegistry keeps, so that nothing is
/// decoded twice. Unchecked arithmetic throughout: inputs are at most 64 bits wide, ratios at
/// most 10^4, so sums and products stay below 2^110.
library Adjudication {
    uint256 private constant E4 = 10_000;
    uint256 private constant E8 = 100_000_000;

    /// @dev What is known about member and provider. `familyFen` is zero without an active
    /// family link.
    struct Context {
        CareType careType;
        Level level;
        uint16 tenureYears;
        uint32 categories;
        uint64 medicalFen;
        uint64 familyFen;
        YearWords before;
    }

    /// @dev `amounts` are the figures of the settlement (SettlementCodec); `supplementaryPayer`
    /// is zero for a plan without that layer.
    struct Outcome {
        uint256[4] amounts;
        YearWords afterwards;
        address supplementaryPayer;
        bytes32 traceHash;
    }

    /// @dev Figures on the way. `word` is the member-year's word of the plan's scope.
    struct Work {
        LineSplit.LineSums sums;
        uint256 word;
        uint256 eligibleE4;
        uint256 deductibleE4;
        uint256 enteredE4;
        uint256 pooled;
        uint256 compliant;
        uint256 provider;
        Layers.Paid paid;
    }

    /// @notice Decides one claim from its lines, split already. Reverts `CareTypeNotCovered`,
    /// `InvalidAmount`.
    /// @param plan The body of an approved benefit version, as PlanRegistry keeps it.
    function adjudicate(
        bytes calldata plan,
        LineSplit.LineSums memory sums,
        Context memory context
    ) external pure returns (Outcome memory outcome) {
        BenefitPlan calldata rules = _read(plan);
        YearWords memory before = context.before;
        // All zero: each layer below adds what it pays.
        // slither-disable-next-line uninitialized-local
        Work memory work;
        work.sums = sums;
        work.word = YearCodec.scopeWord(before, rules.scope);
        _basicLayer(work, rules, before, _ruleOf(rules.levels, context));
        _laterLayers(work, rules, before, context);
        Settlement memory settlement = _settle(work, rules, context);
        outcome.amounts = SettlementCodec.pack(settlement);
        outcome.supplementaryPayer = work.paid.payer;
        outcome.afterwards = _advance(work, rules, before, settlement.familyFen);
        outcome.traceHash = SettlementCodec.traceHash(settlement, before, outcome.afterwards);
    }

    /// @dev Reads the plan where it lies: decoding all of it would cost more than adjudicating.
    /// PlanRegistry keeps abi.encode(BenefitPlan) in canonical form only: one offset word
    /// (always 32), then the struct itself.
    function _read(bytes calldata plan) private pure returns (BenefitPlan calldata rules) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            rules := add(plan.offset, 32)
        }
    }

    /// @dev Section 3: the level's own rule, else the one that serves any level.
    function _ruleOf(
        LevelRule[] calldata levels,
        Context memory context
    ) private pure returns (LevelRule calldata) {
        uint256 count = levels.length;
        uint256 found = count;
        for (uint256 i = 0; i < count; ++i) {
            Level level = levels[i].level;
            if (level == context.level) return levels[i];
            if (Level.unwrap(level) == 0) found = i;
        }
        if (found == count) revert CareTypeNotCovered(context.careType, context.level);
        return levels[found];
    }

    /// @dev Section 5: eligible cap, deductible, bands or fixed amounts, fund cap.
    function _basicLayer(
        Work memory work,
        BenefitPlan calldata rules,
        YearWords memory before,
        LevelRule calldata rule
    ) private pure {
        unchecked {
            work.eligibleE4 = _eligible(work, rules);
            uint256 copayE4 =
                rules.fixedAmount ? Rounding.min(work.eligibleE4, rules.copayFen * E4) : 0;
            uint256 deductibleLeft = _deductible(rules, rule, before) * E4;
            if (rules.deductibleOverYear) {
                deductibleLeft = Rounding.saturatingSub(
                    deductibleLeft, YearCodec.deductibleUsedE4(work.word)
                );
            }
            work.deductibleE4 = Rounding.min(work.eligibleE4 - copayE4, deductibleLeft);
            work.enteredE4 = work.eligibleE4 - copayE4 - work.deductibleE4;
            uint256 fund = rules.fixedAmount
                ? _fixedAmountFund(work, rules, before)
                : _bandedFund(work, rules, rule);
            if (rules.fundCapFen != UNLIMITED) {
                uint256 used = rules.fundCapOverYear ? YearCodec.fundPaidFen(work.word) : 0;
                fund = Rounding.min(fund, Rounding.saturatingSub(rules.fundCapFen, used));
            }
            work.pooled = fund;
        }
    }

    function _eligible(
        Work memory work,
        BenefitPlan calldata rules
    ) private pure returns (uint256) {
        unchecked {
            uint256 inScope = work.sums.scopeE4;
            if (rules.eligibleCapFen == UNLIMITED) return inScope;
            uint256 used = rules.eligibleCapOverYear
                ? YearCodec.deductibleUsedE4(work.word) + YearCodec.inBandsE4(work.word)
                : 0;
            return Rounding.min(inScope, Rounding.saturatingSub(rules.eligibleCapFen * E4, used));
        }
    }

    /// @dev The ladder's entry for this stay; outside stays the first one.
    function _deductible(
        BenefitPlan calldata rules,
        LevelRule calldata rule,
        YearWords memory before
    ) private pure returns (uint256) {
        uint64[] calldata ladder = rule.deductibleByStayFen;
        unchecked {
            uint256 earlier =
                rules.scope == CareScope.INPATIENT ? YearCodec.top(before.second) : 0;
            return ladder[Rounding.min(earlier, ladder.length - 1)];
        }
    }

    function _bandedFund(
        Work memory work,
        BenefitPlan calldata rules,
        LevelRule calldata rule
    ) private pure returns (uint256) {
        unchecked {
            uint256 from = rules.bandsOnTotal ? work.deductibleE4 : 0;
            if (rules.bandsOverYear) {
                from += YearCodec.inBandsE4(work.word);
                if (rules.bandsOnTotal) from += YearCodec.deductibleUsedE4(work.word);
            }
            uint256 priced = Bands.price(rule.bands, from, from + work.enteredE4, E4);
            return Rounding.halfUp(priced, E8);
        }
    }

    /// @dev After copay and deductible the plan pays its ratio; at the out-of-pocket maximum it
    /// pays the rest.
    function _fixedAmountFund(
        Work memory work,
        BenefitPlan calldata rules,
        YearWords memory before
    ) private pure returns (uint256 fund) {
        unchecked {
            fund = Rounding.halfUp(work.enteredE4 * (WHOLE_BP - rules.coinsuranceBp), E8);
            if (rules.outOfPocketMaxFen != UNLIMITED) {
                uint256 left =
                    Rounding.saturatingSub(rules.outOfPocketMaxFen, YearCodec.top(before.first));
                uint256 least =
                    Rounding.saturatingSub(Rounding.halfUp(work.eligibleE4, E4), left);
                fund = Rounding.max(fund, least);
            }
        }
    }

    /// @dev Section 6: compliant self-pay, the provider's part, and the layers.
    function _laterLayers(
        Work memory work,
        BenefitPlan calldata rules,
        YearWords memory before,
        Context memory context
    ) private pure {
        unchecked {
            uint256 allE4 = work.sums.scopeE4;
            Layer[] calldata layers = rules.layers;
            for (uint256 i = 0; i < layers.length; ++i) {
                // A plan has at most one such layer, so that nothing is added twice.
                bool counts =
                    layers[i].kind == LayerKind.BIG_ILLNESS && layers[i].countsPreSelfPay;
                if (counts) allE4 += work.sums.preE4;
            }
            work.compliant = Rounding.halfUp(allE4, E4) - work.pooled;
            work.provider = rules.providerBearsOverLimit ? work.sums.overFen : 0;
            work.paid = Layers.run(
                layers,
                Layers.Person({
                    tenureYears: context.tenureYears,
                    categories: context.categories,
                    compliantBefore: YearCodec.top(before.first),
                    aidBefore: YearCodec.top(before.third)
                }),
                work.compliant,
                work.sums.totalFen - work.provider - work.pooled
            );
        }
    }

    /// @dev Sections 4, 7 and 10. Every figure is at most the total, so that 64 bits hold it.
    function _settle(
        Work memory work,
        BenefitPlan calldata rules,
        Context memory context
    ) private pure returns (Settlement memory s) {
        unchecked {
            s.totalFen = uint64(work.sums.totalFen);
            s.ownFen = uint64(work.sums.ownFen);
            s.overFen = uint64(work.sums.overFen);
            s.preSelfFen = uint64(Rounding.halfUp(work.sums.preE4, E4));
            s.inScopeFen = s.totalFen - s.ownFen - s.overFen - s.preSelfFen;
            s.deductibleFen = uint64(Rounding.halfUp(work.deductibleE4, E4));
            s.pooledFen = uint64(work.pooled);
            s.bigIllnessFen = uint64(work.paid.bigIllness);
            s.aidFen = uint64(work.paid.aid);
            s.supplementaryFen = uint64(work.paid.supplementary);
            s.providerFen = uint64(work.provider);
            s.memberFen = uint64(work.paid.leftMember);
            uint256 coverable = work.paid.leftMember;
            if (!rules.accountPaysAll) {
                uint256 ownSide = work.sums.ownFen + work.sums.overFen - work.provider;
                coverable = Rounding.saturatingSub(coverable, ownSide);
            }
            s.medicalFen = uint64(Rounding.min(context.medicalFen, coverable));
            s.familyFen = uint64(Rounding.min(context.familyFen, coverable - s.medicalFen));
            s.cashFen = s.memberFen - s.medicalFen - s.familyFen;
        }
        _assertIdentities(s);
    }

    /// @dev Section 10: no valid input fails here; a wrong change above would.
    function _assertIdentities(Settlement memory s) private pure {
        unchecked {
            uint256 total = s.totalFen;
            uint256 parts = uint256(s.ownFen) + s.overFen + s.preSelfFen + s.inScopeFen;
            if (parts != total) revert LineSumMismatch(total, parts);
            parts = uint256(s.providerFen) + s.pooledFen + s.bigIllnessFen + s.aidFen
                + s.supplementaryFen + s.memberFen;
            if (parts != total) revert LineSumMismatch(total, parts);
            parts = uint256(s.medicalFen) + s.familyFen + s.cashFen;
            if (parts != s.memberFen) revert LineSumMismatch(s.memberFen, parts);
        }
    }

    /// @dev Section 8. A figure past its storage is refused, in the order of section 11.
    function _advance(
        Work memory work,
        BenefitPlan calldata rules,
        YearWords memory before,
        uint256 familyFen
    ) private pure returns (YearWords memory words) {
        unchecked {
            CareScope scope = rules.scope;
            uint256 counted = work.deductibleE4;
            if (
                scope == CareScope.OUTPATIENT && rules.deductibleOverYear
                    && !rules.sharedSpendCounts
            ) {
                counted = Rounding.saturatingSub(counted, familyFen * E4);
            }
            uint256 used = _fits64(YearCodec.deductibleUsedE4(work.word) + counted);
            uint256 inBands = _fits64(YearCodec.inBandsE4(work.word) + work.enteredE4);
            uint256 fundPaid = _fits64(YearCodec.fundPaidFen(work.word) + work.pooled);
            uint256 compliant = _fits64(YearCodec.top(before.first) + work.compliant);
            uint256 aid = _fits64(YearCodec.top(before.third) + work.paid.aid);
            uint256 stays = YearCodec.top(before.second);
            if (scope == CareScope.INPATIENT) ++stays;
            if (stays > type(uint32).max) revert InvalidAmount(stays);
            uint256 scoped = YearCodec.word(used, inBands, fundPaid);
            words.first = YearCodec.withTop(
                scope == CareScope.OUTPATIENT ? scoped : before.first, compliant
            );
            words.second = YearCodec.withTop(
                scope == CareScope.INPATIENT ? scoped : before.second, stays
            );
            words.third =
                YearCodec.withTop(scope == CareScope.CHRONIC ? scoped : before.third, aid);
        }
    }

    function _fits64(uint256 value) private pure returns (uint256) {
        if (value > type(uint64).max) revert InvalidAmount(value);
        return value;
    }
}
