// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Layer, LayerKind, UNLIMITED } from "../types/PlanTypes.sol";
import { WHOLE_BP } from "../types/Money.sol";
import { Bands } from "./Bands.sol";
import { Rounding } from "./Rounding.sol";

/// @title The layers after the basic one: big illness, aid, supplementary (docs/adjudication.md
/// section 6).
/// @dev Unchecked throughout: fen figures stay below 2^66, ratios at 10^4, and each layer pays
/// at most what is left.
library Layers {
    /// @dev The fifth continuous year brings the first tenure bonus.
    uint256 private constant TENURE_YEARS_WITHOUT_BONUS = 4;

    /// @dev What the layers look at. `compliantFen` and the two sums before are those of the
    /// member-year.
    struct Person {
        uint256 tenureYears;
        uint256 categories;
        uint256 compliantBefore;
        uint256 aidBefore;
    }

    /// @dev `leftMember` starts as total − provider − pooled and ends as the member share.
    struct Paid {
        uint256 bigIllness;
        uint256 aid;
        uint256 supplementary;
        uint256 leftMember;
        address payer;
    }

    /// @notice Runs the layers in listed order and adds up what they pay.
    function run(
        Layer[] calldata layers,
        Person memory person,
        uint256 compliant,
        uint256 leftMember
    ) internal pure returns (Paid memory paid) {
        unchecked {
            paid.leftMember = leftMember;
            uint256 leftCompliant = compliant;
            for (uint256 i = 0; i < layers.length; ++i) {
                Layer calldata layer = layers[i];
                uint256 pay;
                if (layer.kind == LayerKind.BIG_ILLNESS) {
                    pay = Rounding.min(_bigIllness(layer, person, compliant), leftCompliant);
                    paid.bigIllness += pay;
                } else if (layer.kind == LayerKind.AID) {
                    pay = _aid(layer, person, leftCompliant, paid.aid);
                    paid.aid += pay;
                } else {
                    pay = Rounding.min(_share(layer, paid.leftMember), layer.capFen);
                    paid.supplementary += pay;
                    paid.payer = layer.payer;
                }
                paid.leftMember -= pay;
                // A supplementary payment lowers the in-scope side first, so that no layer after
                // it pays for class C or over-limit amounts.
                leftCompliant = Rounding.saturatingSub(leftCompliant, pay);
            }
        }
    }

    /// @dev F(year so far + claim) − F(year so far): no drift over the year, nothing to store.
    function _bigIllness(
        Layer calldata layer,
        Person memory person,
        uint256 compliant
    ) private pure returns (uint256) {
        unchecked {
            uint256 soFar = person.compliantBefore;
            uint256 cap = layer.capFen;
            if (cap != UNLIMITED) {
                cap += layer.tenureBonusFen
                * Rounding.saturatingSub(person.tenureYears, TENURE_YEARS_WITHOUT_BONUS);
            } else {
                cap = type(uint256).max;
            }
            return _yearShare(layer, soFar + compliant, cap) - _yearShare(layer, soFar, cap);
        }
    }

    /// @dev F: what the layer owes for a year's compliant self-pay, all claims together.
    function _yearShare(
        Layer calldata layer,
        uint256 yearFen,
        uint256 cap
    ) private pure returns (uint256) {
        uint256 deductible = layer.deductibleFen;
        if (yearFen <= deductible) return 0;
        uint256 priced = layer.bandsOnTotal
            ? Bands.price(layer.bands, deductible, yearFen, 1)
            : Bands.price(layer.bands, 0, yearFen - deductible, 1);
        return Rounding.min(Rounding.halfUp(priced, WHOLE_BP), cap);
    }

    /// @dev The deductible is per claim, the cap per policy year over all aid layers.
    function _aid(
        Layer calldata layer,
        Person memory person,
        uint256 left,
        uint256 aidPaid
    ) private pure returns (uint256) {
        if (layer.categories & person.categories == 0) return 0;
        uint256 pay = _share(layer, left);
        if (layer.capFen == UNLIMITED) return pay;
        unchecked {
            uint256 used = person.aidBefore + aidPaid;
            return Rounding.min(pay, Rounding.saturatingSub(layer.capFen, used));
        }
    }

    function _share(Layer calldata layer, uint256 amountFen) private pure returns (uint256) {
        unchecked {
            uint256 above = Rounding.saturatingSub(amountFen, layer.deductibleFen);
            return Rounding.halfUp(above * layer.ratioBp, WHOLE_BP);
        }
    }
}
