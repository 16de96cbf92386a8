// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The policy year of a day: its calendar year, which names a member's accumulators; and
/// its month.
/// @dev Calendar.civil without signs, because every claim pays for it; a test compares both.
library PolicyYear {
    /// @dev Days from 0000-03-01 to 1970-01-01, and how far 0001-01-01 lies before 1970.
    int256 private constant EPOCH_OFFSET = 719_468;
    int256 private constant FIRST_DAY = -719_162;
    uint256 private constant ERA_DAYS = 146_097;

    /// @notice The year and month (1 to 12) of a policy day, before 1970 too; year zero before
    /// the year 1.
    function monthOf(int32 day) internal pure returns (uint16 year, uint8 month) {
        if (day < FIRST_DAY) return (0, 0);
        unchecked {
            // Years begin on 1 March here, so that the leap day is the last of its year.
            uint256 shifted = uint256(int256(day) + EPOCH_OFFSET);
            // Whole eras, years and months: what each division cuts off is meant.
            // slither-disable-next-line divide-before-multiply
            uint256 era = shifted / ERA_DAYS;
            uint256 eraDay = shifted % ERA_DAYS;
            // slither-disable-next-line divide-before-multiply
            uint256 eraYear = (eraDay - eraDay / 1460 + eraDay / 36_524 - eraDay / 146_096) / 365;
            uint256 yearDay = eraDay - (365 * eraYear + eraYear / 4 - eraYear / 100);
            // slither-disable-next-line divide-before-multiply
            uint256 shiftedMonth = (5 * yearDay + 2) / 153;
            // January and February belong to the next year. Days end long before year 2^16.
            // slither-disable-next-line divide-before-multiply
            uint256 early = shiftedMonth / 10;
            year = uint16(eraYear + era * 400 + early);
            month = uint8(shiftedMonth + 3 - 12 * early);
        }
    }
}
