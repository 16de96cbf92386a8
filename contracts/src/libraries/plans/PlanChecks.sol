// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { CareScope } from "../../types/ClaimTypes.sol";
import {
    AccountUnknown,
    BodyNotCanonical,
    InvalidAmount,
    InvalidBands,
    InvalidPeriod,
    InvalidRatio
} from "../../types/Errors.sol";
import { IntentKind } from "../../types/Intents.sol";
import { MAX_AMOUNT_FEN, WHOLE_BP } from "../../types/Money.sol";
import {
    Band,
    BenefitPlan,
    Layer,
    LayerKind,
    LevelRule,
    PremiumPlan,
    UNLIMITED
} from "../../types/PlanTypes.sol";
import { Accounts } from "../money/Accounts.sol";

/// @title What a plan must satisfy before it is published (docs/adjudication.md section 9), so
/// that adjudication and premiums never test it again.
/// @dev Only the canonical encoding passes:
/// adjudication reads the body where it lies. A rule that names a level twice, a ladder without
/// entries and a second big-illness layer are `InvalidBands` too, with the index of the level or
/// layer.
library PlanChecks {
    /// @dev A declared bill is due within a year of its month's first day.
    uint256 private constant MAX_DUE_DAYS = 366;

    /// @notice Reverts unless `plan` is a sound abi.encode(BenefitPlan).
    /// @return scope The kind of care it is for.
    /// @return payer Who pays its supplementary layers; zero without one.
    function requireBenefit(bytes calldata plan)
        internal
        pure
        returns (CareScope scope, address payer)
    {
        BenefitPlan memory rules = abi.decode(plan, (BenefitPlan));
        _requireCanonical(plan, abi.encode(rules));
        _checkLevels(rules);
        _checkLimit(rules.eligibleCapFen);
        _checkLimit(rules.fundCapFen);
        _checkLimit(rules.outOfPocketMaxFen);
        _checkAmount(rules.copayFen);
        _checkRatio(rules.coinsuranceBp);
        return (rules.scope, _checkLayers(rules.layers));
    }

    /// @notice Reverts unless `plan` is a sound abi.encode(PremiumPlan).
    function requirePremium(bytes calldata plan) internal pure {
        PremiumPlan memory rules = abi.decode(plan, (PremiumPlan));
        _requireCanonical(plan, abi.encode(rules));
        _checkRatio(rules.employerBp);
        _checkRatio(rules.employeeBp);
        _checkRatio(rules.lateFeeBpPerDay);
        _checkAmount(rules.baseFloorFen);
        _checkLimit(rules.baseCeilingFen);
        if (rules.baseFloorFen > rules.baseCeilingFen) revert InvalidAmount(rules.baseFloorFen);
        if (rules.dueDays > MAX_DUE_DAYS) {
            revert InvalidPeriod(0, int256(uint256(rules.dueDays)));
        }
        for (uint256 i = 0; i < rules.personalFen.length; ++i) {
            _checkAmount(rules.personalFen[i]);
            _checkAmount(rules.subsidyFen[i]);
        }
    }

    function _requireCanonical(bytes calldata plan, bytes memory again) private pure {
        if (keccak256(plan) != keccak256(again)) {
            revert BodyNotCanonical(uint256(IntentKind.PUBLISH_PLAN));
        }
    }

    function _checkLevels(BenefitPlan memory rules) private pure {
        LevelRule[] memory levels = rules.levels;
        if (levels.length == 0) revert InvalidBands(0);
        for (uint256 i = 0; i < levels.length; ++i) {
            for (uint256 j = 0; j < i; ++j) {
                // A repeated level would never be reached.
                if (levels[j].level == levels[i].level) revert InvalidBands(i);
            }
            uint64[] memory ladder = levels[i].deductibleByStayFen;
            if (ladder.length == 0) revert InvalidBands(i);
            for (uint256 j = 0; j < ladder.length; ++j) {
                _checkAmount(ladder[j]);
            }
            Band[] memory bands = levels[i].bands;
            if (bands.length > 0 || !rules.fixedAmount) _checkBands(bands);
        }
    }

    function _checkLayers(Layer[] memory layers) private pure returns (address payer) {
        bool bigIllnessSeen = false;
        for (uint256 i = 0; i < layers.length; ++i) {
            Layer memory layer = layers[i];
            _checkAmount(layer.deductibleFen);
            _checkAmount(layer.tenureBonusFen);
            _checkLimit(layer.capFen);
            _checkRatio(layer.ratioBp);
            if (layer.kind == LayerKind.BIG_ILLNESS) {
                if (bigIllnessSeen) revert InvalidBands(i);
                bigIllnessSeen = true;
                _checkBands(layer.bands);
            } else if (layer.kind == LayerKind.SUPPLEMENTARY) {
                // No plan may reach into a person's wallet, and a claim names one such payer.
                // Whose fund it is, PlanRegistry asks before the plan takes effect.
                if (!Accounts.isDerivedId(layer.payer)) revert AccountUnknown(layer.payer);
                if (payer != address(0) && payer != layer.payer) revert InvalidBands(i);
                payer = layer.payer;
            }
        }
    }

    /// @dev Edges rise strictly from above zero and only the last one is open.
    function _checkBands(Band[] memory bands) private pure {
        uint256 previous = 0;
        for (uint256 i = 0; i < bands.length; ++i) {
            uint256 edge = bands[i].edgeFen;
            _checkRatio(bands[i].ratioBp);
            if (edge <= previous || previous == UNLIMITED) revert InvalidBands(i);
            _checkLimit(edge);
            previous = edge;
        }
        if (previous != UNLIMITED) revert InvalidBands(bands.length);
    }

    function _checkLimit(uint256 value) private pure {
        if (value != UNLIMITED) _checkAmount(value);
    }

    function _checkAmount(uint256 value) private pure {
        if (value > MAX_AMOUNT_FEN) revert InvalidAmount(value);
    }

    function _checkRatio(uint256 value) private pure {
        if (value > WHOLE_BP) revert InvalidRatio(value);
    }
}
