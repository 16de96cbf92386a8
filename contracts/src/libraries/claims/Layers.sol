// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ClaimContext, Settlement } from "../../types/ClaimTypes.sol";
import { LayerKind, UNLIMITED } from "../../types/PlanTypes.sol";
import { WHOLE_BP } from "../../types/Money.sol";
import { Bands } from "./Bands.sol";
import {
    LAYER_BANDS,
    LAYER_BANDS_ON_TOTAL,
    LAYER_CAP,
    LAYER_CATEGORIES,
    LAYER_DEDUCTIBLE,
    LAYER_KIND,
    LAYER_PAYER,
    LAYER_RATIO,
    LAYER_TENURE_BONUS,
    PlanPlace
} from "../plans/PlanReader.sol";
import { Rounding } from "../money/Rounding.sol";
import { YearCodec } from "./YearCodec.sol";

/// @title The layers after the basic one: big illness, aid, supplementary (docs/adjudication.md
/// section 6).
/// @dev Unchecked throughout: fen figures stay below 2^66, ratios at 10^4, and each layer pays
/// at most what is left.
library Layers {
    /// @dev The fifth continuous year brings the first tenure bonus.
    uint256 private constant TENURE_YEARS_WITHOUT_BONUS = 4;

    uint256 private constant BIG_ILLNESS = uint256(LayerKind.BIG_ILLNESS);
    uint256 private constant AID = uint256(LayerKind.AID);

    /// @notice Runs the layers in listed order.
    /// @param s Gets what each kind pays; `memberFen` comes as total − provider − pooled and
    /// ends as the member share.
    /// @param compliant The claim's compliant self-pay.
    /// @return payer Who pays the supplementary layer; zero without one.
    function pay(
        PlanPlace layers,
        Settlement memory s,
        ClaimContext memory context,
        uint256 compliant
    ) internal pure returns (uint256 payer) {
        unchecked {
            uint256 leftCompliant = compliant;
            uint256 count = layers.count();
            for (uint256 i = 0; i < count; ++i) {
                PlanPlace layer = layers.item(i);
                uint256 kind = layer.word(LAYER_KIND);
                uint256 paid;
                if (kind == BIG_ILLNESS) {
                    paid = Rounding.min(_bigIllness(layer, context, compliant), leftCompliant);
                    s.bigIllnessFen += uint64(paid);
                } else if (kind == AID) {
                    paid = _aid(layer, context, leftCompliant, s.aidFen);
                    s.aidFen += uint64(paid);
                } else {
                    paid = Rounding.min(_share(layer, s.memberFen), layer.word(LAYER_CAP));
                    s.supplementaryFen += uint64(paid);
                    payer = layer.word(LAYER_PAYER);
                }
                s.memberFen -= uint64(paid);
                // A supplementary payment lowers the in-scope side first, so that no layer after
                // it pays for class C or over-limit amounts.
                leftCompliant = Rounding.saturatingSub(leftCompliant, paid);
            }
        }
    }

    /// @dev F(year so far + claim) − F(year so far): no drift over the year, nothing to store.
    function _bigIllness(
        PlanPlace layer,
        ClaimContext memory context,
        uint256 compliant
    ) private pure returns (uint256) {
        unchecked {
            uint256 soFar = YearCodec.top(context.before.first);
            uint256 cap = layer.word(LAYER_CAP);
            if (cap != UNLIMITED) {
                cap += layer.word(LAYER_TENURE_BONUS)
                * Rounding.saturatingSub(context.tenureYears, TENURE_YEARS_WITHOUT_BONUS);
            } else {
                cap = type(uint256).max;
            }
            return _yearShare(layer, soFar + compliant, cap) - _yearShare(layer, soFar, cap);
        }
    }

    /// @dev F: what the layer owes for a year's compliant self-pay, all claims together.
    function _yearShare(
        PlanPlace layer,
        uint256 yearFen,
        uint256 cap
    ) private pure returns (uint256) {
        unchecked {
            uint256 from = layer.word(LAYER_DEDUCTIBLE);
            if (yearFen <= from) return 0;
            if (!layer.flag(LAYER_BANDS_ON_TOTAL)) (from, yearFen) = (0, yearFen - from);
            uint256 priced = Bands.price(layer.list(LAYER_BANDS), from, yearFen, 1);
            return Rounding.min(Rounding.halfUp(priced, WHOLE_BP), cap);
        }
    }

    /// @dev The deductible is per claim, the cap per policy year over all aid layers.
    function _aid(
        PlanPlace layer,
        ClaimContext memory context,
        uint256 left,
        uint256 aidPaid
    ) private pure returns (uint256) {
        if (layer.word(LAYER_CATEGORIES) & context.categories == 0) return 0;
        uint256 share = _share(layer, left);
        uint256 cap = layer.word(LAYER_CAP);
        if (cap == UNLIMITED) return share;
        unchecked {
            uint256 used = YearCodec.top(context.before.third) + aidPaid;
            return Rounding.min(share, Rounding.saturatingSub(cap, used));
        }
    }

    function _share(PlanPlace layer, uint256 amountFen) private pure returns (uint256) {
        unchecked {
            uint256 above = Rounding.saturatingSub(amountFen, layer.word(LAYER_DEDUCTIBLE));
            return Rounding.halfUp(above * layer.word(LAYER_RATIO), WHOLE_BP);
        }
    }
}
