// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Days } from "../src/libraries/time/Days.sol";
import { TestBase } from "./TestBase.sol";

contract DaysTest is TestBase {
    /// @dev 2025-10-09 00:00:00 in Shanghai.
    uint256 private constant MIDNIGHT = 1_759_939_200;

    function testFuzz_dayOf__startOfDayNotLaterAndNextDayLater(int40 timestamp) public pure {
        int32 day = Days.dayOf(timestamp);
        assert(Days.startOf(day) <= timestamp);
        assert(timestamp < Days.startOf(day + 1));
    }

    function testFuzz_dayOf__agreesWithSecondOfDay(uint40 timestamp) public pure {
        int256 start = Days.startOf(Days.dayOf(int256(uint256(timestamp))));
        _same("second", int256(uint256(timestamp)) - start, int256(Days.secondOfDay(timestamp)));
    }

    function testFuzz_nextSixOClock__isTheFirstLaterSix(uint256 seed) public pure {
        uint256 timestamp = _bound(seed, 0, type(uint40).max - 2 days);
        uint256 six = Days.nextSixOClock(timestamp);
        assert(six > timestamp && six - timestamp <= 1 days);
        _same("six", Days.secondOfDay(six), 6 hours);
    }

    function test_dayOf__beforeEpochRoundsDown() public pure {
        _same("epoch", Days.dayOf(0), 0);
        _same("first second", Days.dayOf(-8 hours), 0);
        _same("second before", Days.dayOf(-8 hours - 1), -1);
        _same("1969-12-31", Days.dayOf(-32 hours), -1);
        _same("1969-12-30", Days.dayOf(-32 hours - 1), -2);
    }

    function test_boundaries__toTheSecond() public pure {
        _same("midnight", Days.secondOfDay(MIDNIGHT), 0);
        _same("last second", Days.secondOfDay(MIDNIGHT - 1), 1 days - 1);
        _same("05:59:59", Days.nextSixOClock(MIDNIGHT + 6 hours - 1), MIDNIGHT + 6 hours);
        _same("06:00:00", Days.nextSixOClock(MIDNIGHT + 6 hours), MIDNIGHT + 30 hours);
        _same("day", Days.dayOf(int256(MIDNIGHT)), int256((MIDNIGHT + 28_800) / 86_400));
    }
}
