// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { PremiumPlan, Proration } from "../src/types/PlanTypes.sol";
import { Calendar } from "../src/libraries/time/Calendar.sol";
import { PremiumRules } from "../src/libraries/premiums/PremiumRules.sol";
import { WaitingRules } from "../src/libraries/claims/WaitingRules.sol";

/// @title The pure premium rules, many cases in one call, to compare them with Python.
contract PremiumRulesHarness {
    struct ShareCase {
        uint64 floorFen;
        uint64 ceilingFen;
        uint16 employerBp;
        uint16 employeeBp;
        uint64 wageFen;
    }

    struct ProrationCase {
        uint64 amountFen;
        Proration proration;
        int32 start;
        int32 end;
        int32 joinedDay;
    }

    struct InstalmentCase {
        uint64 amountFen;
        uint8 parts;
        uint8 part;
    }

    struct LateFeeCase {
        uint64 principalFen;
        uint16 bpPerDay;
        int32 dueDay;
        uint16 graceDays;
        int32 today;
    }

    struct WaitingCase {
        uint8 fixedMonths;
        uint8 perMissedYear;
        uint8 floorMonths;
        uint8 floorAfterYears;
        uint8 missedYears;
        uint8 extraYears;
        bool newborn;
        bool late;
        int32 startDay;
    }

    struct TenureCase {
        int32 chainStart;
        int32 startDay;
    }

    function shares(ShareCase[] calldata cases)
        external
        pure
        returns (uint64[] memory employerFen, uint64[] memory employeeFen)
    {
        employerFen = new uint64[](cases.length);
        employeeFen = new uint64[](cases.length);
        PremiumPlan memory plan;
        for (uint256 i = 0; i < cases.length; ++i) {
            plan.baseFloorFen = cases[i].floorFen;
            plan.baseCeilingFen = cases[i].ceilingFen;
            plan.employerBp = cases[i].employerBp;
            plan.employeeBp = cases[i].employeeBp;
            (employerFen[i], employeeFen[i]) = PremiumRules.shares(plan, cases[i].wageFen);
        }
    }

    function prorations(ProrationCase[] calldata cases)
        external
        pure
        returns (uint64[] memory amountsFen)
    {
        amountsFen = new uint64[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            ProrationCase calldata one = cases[i];
            amountsFen[i] = PremiumRules.prorate(
                one.amountFen, one.proration, one.start, one.end, one.joinedDay
            );
        }
    }

    function instalments(InstalmentCase[] calldata cases)
        external
        pure
        returns (uint64[] memory partsFen, uint64[] memory sumsFen)
    {
        partsFen = new uint64[](cases.length);
        sumsFen = new uint64[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            InstalmentCase calldata one = cases[i];
            partsFen[i] = PremiumRules.instalment(one.amountFen, one.parts, one.part);
            sumsFen[i] = PremiumRules.paidOf(one.amountFen, one.parts, one.part);
        }
    }

    function lateFees(LateFeeCase[] calldata cases)
        external
        pure
        returns (uint64[] memory feesFen)
    {
        feesFen = new uint64[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            LateFeeCase calldata one = cases[i];
            feesFen[i] = PremiumRules.lateFee(
                one.principalFen, one.bpPerDay, one.dueDay, one.graceDays, one.today
            );
        }
    }

    function waitings(WaitingCase[] calldata cases)
        external
        pure
        returns (int32[] memory careFromDays)
    {
        careFromDays = new int32[](cases.length);
        PremiumPlan memory plan;
        for (uint256 i = 0; i < cases.length; ++i) {
            WaitingCase calldata one = cases[i];
            plan.waitingFixedMonths = one.fixedMonths;
            plan.waitingMonthsPerMissedYear = one.perMissedYear;
            plan.waitingFloorMonths = one.floorMonths;
            plan.waitingFloorAfterYears = one.floorAfterYears;
            careFromDays[i] = WaitingRules.careFrom(
                plan, one.startDay, one.missedYears, one.extraYears, one.newborn, one.late
            );
        }
    }

    function tenures(TenureCase[] calldata cases)
        external
        pure
        returns (uint16[] memory years_)
    {
        years_ = new uint16[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            years_[i] = WaitingRules.tenure(cases[i].chainStart, cases[i].startDay);
        }
    }

    function dates(int32[] calldata days_)
        external
        pure
        returns (int256[] memory packed, int32[] memory back)
    {
        packed = new int256[](days_.length);
        back = new int32[](days_.length);
        for (uint256 i = 0; i < days_.length; ++i) {
            (int256 year, int256 month, int256 monthDay) = Calendar.civil(days_[i]);
            packed[i] = year * 10_000 + month * 100 + monthDay;
            back[i] = Calendar.fromCivil(year, month, monthDay);
        }
    }

    function isMonth(int32 start, int32 end) external pure returns (bool) {
        return Calendar.isMonth(start, end);
    }
}
