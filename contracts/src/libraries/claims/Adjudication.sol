// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Level } from "../../types/Ids.sol";
import { CareScope, ClaimContext, Settlement, YearWords } from "../../types/ClaimTypes.sol";
import { CareTypeNotCovered, InvalidAmount, LineSumMismatch } from "../../types/Errors.sol";
import { WHOLE_BP } from "../../types/Money.sol";
import { LayerKind, UNLIMITED } from "../../types/PlanTypes.sol";
import { Bands } from "./Bands.sol";
import { Layers } from "./Layers.sol";
import { LineSplit } from "./LineSplit.sol";
import {
    LAYER_COUNTS_PRE_SELF_PAY,
    LAYER_KIND,
    LEVEL_BANDS,
    LEVEL_LADDER,
    LEVEL_LEVEL,
    PLAN_ACCOUNT_PAYS_ALL,
    PLAN_BANDS_ON_TOTAL,
    PLAN_BANDS_OVER_YEAR,
    PLAN_COINSURANCE,
    PLAN_COPAY,
    PLAN_DEDUCTIBLE_OVER_YEAR,
    PLAN_ELIGIBLE_CAP,
    PLAN_ELIGIBLE_CAP_OVER_YEAR,
    PLAN_FIXED_AMOUNT,
    PLAN_FUND_CAP,
    PLAN_FUND_CAP_OVER_YEAR,
    PLAN_LAYERS,
    PLAN_LEVELS,
    PLAN_OUT_OF_POCKET_MAX,
    PLAN_PROVIDER_BEARS_OVER_LIMIT,
    PLAN_SCOPE,
    PLAN_SHARED_SPEND_COUNTS,
    PlanPlace,
    PlanReader
} from "../plans/PlanReader.sol";
import { Rounding } from "../money/Rounding.sol";
import { SettlementCodec } from "./SettlementCodec.sol";
import { YearCodec } from "./YearCodec.sol";

/// @title Adjudication: what each fund, the provider and the member pay of one claim.
/// @notice The Solidity form of docs/adjudication.md, whose sections the code cites; the Python
/// form is node/domain/adjudication/engine.py. Same inputs, same integers, same refusals.
/// @dev Internal code: handing figures to a linked library and back costs as much as deciding.
/// For the same reason the plan is read where it lies and the outcome is filled in where it
/// belongs. Unchecked arithmetic throughout: inputs are at most 64 bits wide, ratios at most
/// 10^4, so sums and products stay below 2^110.
library Adjudication {
    uint256 private constant E4 = 10_000;
    uint256 private constant E8 = 100_000_000;

    uint256 private constant OUTPATIENT = uint256(CareScope.OUTPATIENT);
    uint256 private constant INPATIENT = uint256(CareScope.INPATIENT);
    uint256 private constant BIG_ILLNESS = uint256(LayerKind.BIG_ILLNESS);

    /// @dev `amounts` are the figures of the settlement (SettlementCodec); `supplementaryPayer`
    /// is zero for a plan without that layer.
    struct Outcome {
        Settlement settlement;
        uint256[4] amounts;
        YearWords afterwards;
        address supplementaryPayer;
        bytes32 traceHash;
    }

    /// @notice Decides one claim from its lines, split already. Reverts `CareTypeNotCovered`,
    /// `InvalidAmount`.
    /// @param plan The body of an approved benefit version, as PlanRegistry keeps it.
    /// @param outcome Comes zero and is filled in.
    function adjudicate(
        bytes memory plan,
        LineSplit.LineSums memory sums,
        ClaimContext memory context,
        Outcome memory outcome
    ) internal pure {
        PlanPlace rules = PlanReader.open(plan);
        YearWords memory before = context.before;
        CareScope scope = CareScope(rules.word(PLAN_SCOPE));
        // The member-year's word of the plan's scope.
        uint256 word = YearCodec.scopeWord(before, scope);
        Settlement memory s = outcome.settlement;
        _putLines(s, sums);
        (uint256 deductibleE4, uint256 enteredE4) =
            _basicLayer(s, rules, sums.scopeE4, context, word);
        uint256 compliant = _compliant(rules, sums, s);
        outcome.supplementaryPayer = _laterLayers(s, rules, context, compliant);
        _splitMember(s, rules, context);
        _assertIdentities(s);

        word = _advanceScope(s, rules, word, deductibleE4, enteredE4);
        _advanceYear(outcome.afterwards, before, scope, word, compliant, s.aidFen);
        SettlementCodec.pack(s, outcome.amounts);
        outcome.traceHash = SettlementCodec.traceHash(s, before, outcome.afterwards);
    }

    /// @dev Section 4. Every figure is at most the total, so that 64 bits hold it.
    function _putLines(Settlement memory s, LineSplit.LineSums memory sums) private pure {
        unchecked {
            uint256 preSelf = Rounding.halfUp(sums.preE4, E4);
            s.totalFen = uint64(sums.totalFen);
            s.ownFen = uint64(sums.ownFen);
            s.overFen = uint64(sums.overFen);
            s.preSelfFen = uint64(preSelf);
            s.inScopeFen = uint64(sums.totalFen - sums.ownFen - sums.overFen - preSelf);
        }
    }

    /// @dev Section 3: the level's own rule, else the one that serves any level.
    function _ruleOf(
        PlanPlace rules,
        ClaimContext memory context
    ) private pure returns (PlanPlace) {
        PlanPlace levels = rules.list(PLAN_LEVELS);
        uint256 count = levels.count();
        uint256 wanted = uint256(bytes32(Level.unwrap(context.level)));
        uint256 found = count;
        unchecked {
            for (uint256 i = 0; i < count; ++i) {
                PlanPlace rule = levels.item(i);
                uint256 level = rule.word(LEVEL_LEVEL);
                if (level == wanted) return rule;
                if (level == 0) found = i;
            }
        }
        if (found == count) revert CareTypeNotCovered(context.careType, context.level);
        return levels.item(found);
    }

    /// @dev Section 5: eligible cap, deductible, bands or fixed amounts, fund cap.
    function _basicLayer(
        Settlement memory s,
        PlanPlace rules,
        uint256 inScopeE4,
        ClaimContext memory context,
        uint256 word
    ) private pure returns (uint256 deductibleE4, uint256 enteredE4) {
        unchecked {
            PlanPlace rule = _ruleOf(rules, context);
            uint256 eligibleE4 = _eligible(rules, inScopeE4, word);
            // What the copay leaves, then what the deductible leaves.
            enteredE4 = eligibleE4;
            if (rules.flag(PLAN_FIXED_AMOUNT)) {
                enteredE4 -= Rounding.min(eligibleE4, rules.word(PLAN_COPAY) * E4);
            }
            deductibleE4 =
                Rounding.min(enteredE4, _deductibleLeft(rules, rule, context.before, word));
            enteredE4 -= deductibleE4;
            uint256 fund = rules.flag(PLAN_FIXED_AMOUNT)
                ? _fixedAmountFund(rules, eligibleE4, enteredE4, context.before)
                : _bandedFund(rules, rule, word, deductibleE4, enteredE4);
            uint256 cap = rules.word(PLAN_FUND_CAP);
            if (cap != UNLIMITED) {
                uint256 used =
                    rules.flag(PLAN_FUND_CAP_OVER_YEAR) ? YearCodec.fundPaidFen(word) : 0;
                fund = Rounding.min(fund, Rounding.saturatingSub(cap, used));
            }
            s.deductibleFen = uint64(Rounding.halfUp(deductibleE4, E4));
            s.pooledFen = uint64(fund);
        }
    }

    function _eligible(
        PlanPlace rules,
        uint256 inScopeE4,
        uint256 word
    ) private pure returns (uint256) {
        unchecked {
            uint256 cap = rules.word(PLAN_ELIGIBLE_CAP);
            if (cap == UNLIMITED) return inScopeE4;
            uint256 used = rules.flag(PLAN_ELIGIBLE_CAP_OVER_YEAR)
                ? YearCodec.deductibleUsedE4(word) + YearCodec.inBandsE4(word)
                : 0;
            return Rounding.min(inScopeE4, Rounding.saturatingSub(cap * E4, used));
        }
    }

    /// @dev The ladder's entry for this stay, outside stays the first one, less what the year
    /// has used of it.
    function _deductibleLeft(
        PlanPlace rules,
        PlanPlace rule,
        YearWords memory before,
        uint256 word
    ) private pure returns (uint256 left) {
        unchecked {
            PlanPlace ladder = rule.list(LEVEL_LADDER);
            uint256 earlier =
                rules.word(PLAN_SCOPE) == INPATIENT ? YearCodec.top(before.second) : 0;
            left = ladder.entry(Rounding.min(earlier, ladder.count() - 1)) * E4;
            if (rules.flag(PLAN_DEDUCTIBLE_OVER_YEAR)) {
                left = Rounding.saturatingSub(left, YearCodec.deductibleUsedE4(word));
            }
        }
    }

    function _bandedFund(
        PlanPlace rules,
        PlanPlace rule,
        uint256 word,
        uint256 deductibleE4,
        uint256 enteredE4
    ) private pure returns (uint256) {
        unchecked {
            bool onTotal = rules.flag(PLAN_BANDS_ON_TOTAL);
            uint256 from = onTotal ? deductibleE4 : 0;
            if (rules.flag(PLAN_BANDS_OVER_YEAR)) {
                from += YearCodec.inBandsE4(word);
                if (onTotal) from += YearCodec.deductibleUsedE4(word);
            }
            uint256 priced = Bands.price(rule.list(LEVEL_BANDS), from, from + enteredE4, E4);
            return Rounding.halfUp(priced, E8);
        }
    }

    /// @dev After copay and deductible the plan pays its ratio; at the out-of-pocket maximum it
    /// pays the rest.
    function _fixedAmountFund(
        PlanPlace rules,
        uint256 eligibleE4,
        uint256 enteredE4,
        YearWords memory before
    ) private pure returns (uint256 fund) {
        unchecked {
            fund = Rounding.halfUp(enteredE4 * (WHOLE_BP - rules.word(PLAN_COINSURANCE)), E8);
            uint256 most = rules.word(PLAN_OUT_OF_POCKET_MAX);
            if (most != UNLIMITED) {
                uint256 left = Rounding.saturatingSub(most, YearCodec.top(before.first));
                uint256 least = Rounding.saturatingSub(Rounding.halfUp(eligibleE4, E4), left);
                fund = Rounding.max(fund, least);
            }
        }
    }

    /// @dev Section 6: what the basic layer leaves of the in-scope amounts.
    function _compliant(
        PlanPlace rules,
        LineSplit.LineSums memory sums,
        Settlement memory s
    ) private pure returns (uint256) {
        unchecked {
            uint256 allE4 = sums.scopeE4;
            PlanPlace layers = rules.list(PLAN_LAYERS);
            uint256 count = layers.count();
            for (uint256 i = 0; i < count; ++i) {
                PlanPlace layer = layers.item(i);
                // A plan has at most one such layer, so that nothing is added twice.
                bool counts = layer.word(LAYER_KIND) == BIG_ILLNESS
                    && layer.flag(LAYER_COUNTS_PRE_SELF_PAY);
                if (counts) allE4 += sums.preE4;
            }
            return Rounding.halfUp(allE4, E4) - s.pooledFen;
        }
    }

    /// @dev Section 6: the provider's part, and the layers.
    function _laterLayers(
        Settlement memory s,
        PlanPlace rules,
        ClaimContext memory context,
        uint256 compliant
    ) private pure returns (address payer) {
        unchecked {
            if (rules.flag(PLAN_PROVIDER_BEARS_OVER_LIMIT)) s.providerFen = s.overFen;
            s.memberFen = s.totalFen - s.providerFen - s.pooledFen;
            uint256 found = Layers.pay(rules.list(PLAN_LAYERS), s, context, compliant);
            // A word of the plan that was tested when the plan was proposed.
            return address(uint160(found));
        }
    }

    /// @dev Section 7.
    function _splitMember(
        Settlement memory s,
        PlanPlace rules,
        ClaimContext memory context
    ) private pure {
        unchecked {
            uint256 coverable = s.memberFen;
            if (!rules.flag(PLAN_ACCOUNT_PAYS_ALL)) {
                uint256 ownSide = s.ownFen + s.overFen - s.providerFen;
                coverable = Rounding.saturatingSub(coverable, ownSide);
            }
            uint256 medical = Rounding.min(context.medicalFen, coverable);
            uint256 family = Rounding.min(context.familyFen, coverable - medical);
            s.medicalFen = uint64(medical);
            s.familyFen = uint64(family);
            s.cashFen = uint64(s.memberFen - medical - family);
        }
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

    /// @dev Section 8: the figures of the plan's scope. One past its storage is refused, in the
    /// order of section 11.
    function _advanceScope(
        Settlement memory s,
        PlanPlace rules,
        uint256 word,
        uint256 deductibleE4,
        uint256 enteredE4
    ) private pure returns (uint256) {
        unchecked {
            if (
                rules.word(PLAN_SCOPE) == OUTPATIENT && rules.flag(PLAN_DEDUCTIBLE_OVER_YEAR)
                    && !rules.flag(PLAN_SHARED_SPEND_COUNTS)
            ) {
                deductibleE4 = Rounding.saturatingSub(deductibleE4, s.familyFen * E4);
            }
            return YearCodec.word(
                _fits64(YearCodec.deductibleUsedE4(word) + deductibleE4),
                _fits64(YearCodec.inBandsE4(word) + enteredE4),
                _fits64(YearCodec.fundPaidFen(word) + s.pooledFen)
            );
        }
    }

    /// @dev Section 8: the member-year with the new word of the scope, and its own figures.
    function _advanceYear(
        YearWords memory afterwards,
        YearWords memory before,
        CareScope scope,
        uint256 scoped,
        uint256 compliant,
        uint256 aid
    ) private pure {
        unchecked {
            compliant = _fits64(YearCodec.top(before.first) + compliant);
            aid = _fits64(YearCodec.top(before.third) + aid);
            uint256 stays = YearCodec.top(before.second);
            if (scope == CareScope.INPATIENT) ++stays;
            if (stays > type(uint32).max) revert InvalidAmount(stays);
            afterwards.first = YearCodec.withTop(
                scope == CareScope.OUTPATIENT ? scoped : before.first, compliant
            );
            afterwards.second = YearCodec.withTop(
                scope == CareScope.INPATIENT ? scoped : before.second, stays
            );
            afterwards.third =
                YearCodec.withTop(scope == CareScope.CHRONIC ? scoped : before.third, aid);
        }
    }

    function _fits64(uint256 value) private pure returns (uint256) {
        if (value > type(uint64).max) revert InvalidAmount(value);
        return value;
    }
}
