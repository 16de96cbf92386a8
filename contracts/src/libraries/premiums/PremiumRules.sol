// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { BillTerms } from "../../types/Bills.sol";
import { WHOLE_BP } from "../../types/Money.sol";
import { Scheme } from "../../types/Parties.sol";
import { PremiumPlan, Proration } from "../../types/PlanTypes.sol";
import { IPremiumCollector } from "../../interfaces/IPremiumCollector.sol";
import { Calendar } from "../time/Calendar.sol";

/// @title The integer rules of premiums: shares, proration, instalments, late fee, gaps
/// (domain.md section 4).
/// @dev Pure. node/domain/premiums.py computes the same integers; every rounding is half-up and
/// happens once per published amount: a prorated share is rounded twice, once as a share and
/// once as a part of the period.
library PremiumRules {
    /// @notice Employer and employee share of a declared wage, each rounded by itself.
    function shares(
        PremiumPlan memory plan,
        uint64 wageFen
    ) internal pure returns (uint64 employerFen, uint64 employeeFen) {
        uint256 base = wageFen;
        if (base < plan.baseFloorFen) base = plan.baseFloorFen;
        if (base > plan.baseCeilingFen) base = plan.baseCeilingFen;
        // A wage is at most 10^13 and a ratio at most one whole, so a share fits; the floor is
        // plan data, hence checked by the caller's amount limit.
        employerFen = uint64(halfUp(base * plan.employerBp, WHOLE_BP));
        employeeFen = uint64(halfUp(base * plan.employeeBp, WHOLE_BP));
    }

    /// @notice What of an amount for [start, end) falls to a member who joins on `joinedDay`,
    /// start <= joinedDay < end. MONTHS counts calendar months the period touches, the joining
    /// month whole; DAYS counts days.
    function prorate(
        uint64 amountFen,
        Proration proration,
        int32 start,
        int32 end,
        int32 joinedDay
    ) internal pure returns (uint64) {
        if (proration == Proration.NONE || joinedDay == start) return amountFen;
        if (proration == Proration.MONTHS) {
            uint256 monthsLeft = Calendar.monthsBetween(joinedDay, end);
            return uint64(halfUp(amountFen * monthsLeft, Calendar.monthsBetween(start, end)));
        }
        uint256 daysLeft = uint256(int256(end) - joinedDay);
        return uint64(halfUp(amountFen * daysLeft, uint256(int256(end) - start)));
    }

    /// @notice Part `part` (from 1) of an amount in `parts` equal parts, the first ones one fen
    /// larger.
    function instalment(
        uint64 amountFen,
        uint8 parts,
        uint8 part
    ) internal pure returns (uint64) {
        if (parts == 1) return amountFen;
        // The remainder goes to the first parts, so nobody who stops early has paid too little.
        return amountFen / parts + (part <= amountFen % parts ? 1 : 0);
    }

    /// @notice The employer's late fee: days from the day after the due date, once grace has
    /// passed, at most the principal.
    function lateFee(
        uint64 principalFen,
        uint16 bpPerDay,
        int32 dueDay,
        uint16 graceDays,
        int32 today
    ) internal pure returns (uint64) {
        int256 daysLate = int256(today) - dueDay;
        if (daysLate <= int256(uint256(graceDays))) return 0;
        uint256 feeFen = halfUp(uint256(principalFen) * bpPerDay * uint256(daysLate), WHOLE_BP);
        return feeFen > principalFen ? principalFen : uint64(feeFen);
    }

    /// @notice The days [gapStart, gapEnd) of the period that a payment of `part` today leaves
    /// uncovered: none until `backpayDays` after the last grace day, else from the day after
    /// grace to the day before today.
    function gap(
        BillTerms terms,
        uint8 part,
        int32 today
    ) internal pure returns (int32 gapStart, int32 gapEnd) {
        int32 lastDay = terms.lastGraceDay(part);
        // The common case first: a payment in time reads nothing more.
        if (today <= lastDay) return (0, 0);
        if (today <= lastDay + int256(uint256(terms.backpayDays()))) return (0, 0);
        int32 start = terms.periodStart();
        int32 end = terms.periodEnd();
        gapStart = lastDay < start ? start : lastDay + 1;
        gapEnd = today > end ? end : today;
        if (gapStart >= gapEnd) return (0, 0);
    }

    /// @notice What the next part costs on a day. The bill has a part left.
    function due(
        BillTerms terms,
        int32 today
    ) internal pure returns (IPremiumCollector.PremiumQuote memory quote) {
        uint8 parts = terms.parts();
        uint8 part = terms.paidParts() + 1;
        quote.part = part;
        // A bill that can be paid was never closed, so its revision counts payments.
        quote.revision = part;
        if (terms.scheme() == Scheme.EMPLOYEE) {
            quote.partFen = terms.personalFen();
            quote.employeeFen = terms.secondFen();
            quote.grossFen = quote.partFen + quote.employeeFen;
            quote.lateFeeFen = lateFee(
                quote.grossFen, terms.step(), terms.dueDay(part), terms.graceDays(), today
            );
            quote.totalFen = quote.grossFen + quote.lateFeeFen;
        } else {
            quote.partFen = instalment(terms.personalFen(), parts, part);
            quote.subsidyFen = instalment(terms.secondFen(), parts, part);
            quote.grossFen = quote.partFen + quote.subsidyFen;
            quote.totalFen = quote.partFen;
        }
    }

    /// @notice What has been paid of an amount after `paidParts` instalments.
    function paidOf(
        uint64 amountFen,
        uint8 parts,
        uint8 paidParts
    ) internal pure returns (uint64) {
        uint64 remainder = amountFen % parts;
        // The first instalments are a fen larger each until the remainder is used up.
        // slither-disable-next-line divide-before-multiply
        return (amountFen / parts) * paidParts + (paidParts < remainder ? paidParts : remainder);
    }

    /// @notice value / divisor rounded half up.
    function halfUp(uint256 value, uint256 divisor) internal pure returns (uint256) {
        return (2 * value + divisor) / (2 * divisor);
    }
}
