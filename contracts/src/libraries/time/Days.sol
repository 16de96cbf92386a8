// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Policy days: calendar days of Asia/Shanghai, UTC+8 without daylight saving, counted
/// from 1970-01-01.
/// @dev Signed, because histories may start earlier. node/domain/days.py is the same in Python.
library Days {
    int256 internal constant ZONE_SECONDS = 28_800;
    int256 internal constant DAY_SECONDS = 86_400;
    uint256 internal constant SIX_O_CLOCK = 21_600;
    uint256 internal constant TWENTY_TWO_O_CLOCK = 79_200;

    /// @dev The policy day of a moment, rounded down also before 1970.
    function dayOf(int256 timestamp) internal pure returns (int32) {
        int256 local = timestamp + ZONE_SECONDS;
        int256 day = local / DAY_SECONDS;
        // Division rounds toward zero; a moment before day 0 belongs to the day below.
        // A calendar, no lottery.
        // slither-disable-next-line weak-prng
        if (local % DAY_SECONDS < 0) --day;
        return int32(day);
    }

    /// @dev Today's policy day by the chain's clock.
    function today() internal view returns (int32) {
        return dayOf(int256(block.timestamp));
    }

    /// @dev Seconds since midnight in Shanghai, 0 to 86,399.
    function secondOfDay(uint256 timestamp) internal pure returns (uint256) {
        return (timestamp + uint256(ZONE_SECONDS)) % uint256(DAY_SECONDS);
    }

    /// @dev The moment a policy day begins.
    function startOf(int32 day) internal pure returns (int256) {
        return int256(day) * DAY_SECONDS - ZONE_SECONDS;
    }

    /// @dev The first 06:00:00 in Shanghai that is later than `timestamp`.
    function nextSixOClock(uint256 timestamp) internal pure returns (uint40) {
        uint256 second = secondOfDay(timestamp);
        uint256 wait = second < SIX_O_CLOCK
            ? SIX_O_CLOCK - second
            : uint256(DAY_SECONDS) + SIX_O_CLOCK - second;
        return uint40(timestamp + wait);
    }
}
