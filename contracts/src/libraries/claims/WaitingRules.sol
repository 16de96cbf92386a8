// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { PremiumPlan } from "../../types/PlanTypes.sol";
import { Calendar } from "../time/Calendar.sol";

/// @title The waiting period of late or broken enrolment, and tenure (domain.md section 4).
/// @dev Pure. node/domain/coverage.py computes the same integers.
library WaitingRules {
    /// @notice Months before care is paid: none in time and without a missed year, none for
    /// newborns; otherwise the fixed months, and for each missed year some more, less one per
    /// extra year paid; never under the plan's floor from so many missed years on.
    function months(
        PremiumPlan memory plan,
        uint8 missedYears,
        uint8 extraYears,
        bool newborn,
        bool late
    ) internal pure returns (uint256 count) {
        if (newborn || (!late && missedYears == 0)) return 0;
        uint256 variableMonths = uint256(plan.waitingMonthsPerMissedYear) * missedYears;
        variableMonths = variableMonths > extraYears ? variableMonths - extraYears : 0;
        count = plan.waitingFixedMonths + variableMonths;
        if (missedYears >= plan.waitingFloorAfterYears && count < plan.waitingFloorMonths) {
            count = plan.waitingFloorMonths;
        }
    }

    /// @notice First day on which care is paid; the day before is the last waiting day.
    function careFrom(
        PremiumPlan memory plan,
        int32 startDay,
        uint8 missedYears,
        uint8 extraYears,
        bool newborn,
        bool late
    ) internal pure returns (int32) {
        uint256 count = months(plan, missedYears, extraYears, newborn, late);
        return count == 0 ? startDay : Calendar.addMonths(startDay, count);
    }

    /// @notice Continuous years up to and including a period that starts on `startDay` of a
    /// chain of periods without a gap day between them that began on `chainStart`: the years
    /// completed on the first day, and the running one.
    function tenure(int32 chainStart, int32 startDay) internal pure returns (uint16) {
        uint256 count = Calendar.wholeYears(chainStart, startDay) + 1;
        return count > type(uint16).max ? type(uint16).max : uint16(count);
    }
}
