// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Civil dates of policy days (days since 1970-01-01, negative before). Days.sol has the
/// time of day.
/// @dev Proleptic Gregorian calendar; node/domain/days.py computes the same integers. The
/// conversions count years from 1 March of a 400-year era, so that the leap day is the last day
/// of its year.
library Calendar {
    int256 private constant ERA_DAYS = 146_097;
    /// @dev Days from 0000-03-01 to 1970-01-01.
    int256 private constant EPOCH_OFFSET = 719_468;

    /// @notice Year, month (1 to 12) and day of the month (1 to 31) of a policy day.
    function civil(int32 day)
        internal
        pure
        returns (int256 year, int256 month, int256 monthDay)
    {
        int256 shifted =
            int256(day) + EPOCH_OFFSET;
        int256 era = _floorDiv(shifted, ERA_DAYS);
        int256 eraDay = shifted - era * ERA_DAYS;
        // Whole eras, years and months: what each division cuts off is meant.
        // slither-disable-next-line divide-before-multiply
        int256 eraYear = (eraDay - eraDay / 1460 + eraDay / 36_524 - eraDay / 146_096) / 365;
        int256 yearDay = eraDay - (365 * eraYear + eraYear / 4 - eraYear / 100);
        // slither-disable-next-line divide-before-multiply
        int256 shiftedMonth = (5 * yearDay + 2) / 153;
        monthDay = yearDay - (153 * shiftedMonth + 2) / 5 + 1;
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
        year = eraYear + era * 400 + (month <= 2 ? int256(1) : int256(0));
    }

    /// @notice The policy day of a date.
    function fromCivil(
        int256 year,
        int256 month,
        int256 monthDay
    ) internal pure returns (int32) {
        int256 shiftedYear = month <= 2 ? year - 1 : year;
        int256 era = _floorDiv(shiftedYear, 400);
        int256 eraYear = shiftedYear - era * 400;
        int256 shiftedMonth = month > 2 ? month - 3 : month + 9;
        int256 yearDay = (153 * shiftedMonth + 2) / 5 + monthDay - 1;
        int256 eraDay = eraYear * 365 + eraYear / 4 - eraYear / 100 + yearDay;
        return int32(era * ERA_DAYS + eraDay - EPOCH_OFFSET);
    }

    /// @notice Months since January of the year 0: consecutive numbers for consecutive months.
    function monthIndex(int32 day) internal pure returns (int256) {
        (int256 year, int256 month,) = civil(day);
        return year * 12 + month - 1;
    }

    /// @notice The same day of the month some months later, or that month's last day if it is
    /// shorter.
    function addMonths(int32 day, uint256 months) internal pure returns (int32) {
        (int256 year, int256 month, int256 monthDay) = civil(day);
        int256 index = year * 12 + month - 1 + int256(months);
        int32 first = _firstOfMonth(index);
        int256 length = int256(_firstOfMonth(index + 1)) - first;
        return int32(first + (monthDay < length ? monthDay : length) - 1);
    }

    /// @notice How many calendar months the period [start, end) touches; the period is not
    /// empty.
    function monthsBetween(int32 start, int32 end) internal pure returns (uint256) {
        return uint256(monthIndex(end - 1) - monthIndex(start) + 1);
    }

    /// @notice Whether [start, end) is exactly one calendar month.
    function isMonth(int32 start, int32 end) internal pure returns (bool) {
        int256 index = monthIndex(start);
        return start == _firstOfMonth(index) && end == _firstOfMonth(index + 1);
    }

    /// @notice Whole years from one day to a later one; a year is twelve months as `addMonths`
    /// counts them.
    function wholeYears(int32 from, int32 to) internal pure returns (uint256 count) {
        // Whole years: the months cut off are meant.
        // slither-disable-next-line divide-before-multiply
        count = uint256(monthIndex(to) - monthIndex(from)) / 12;
        if (count > 0 && addMonths(from, count * 12) > to) --count;
    }

    function _firstOfMonth(int256 index) private pure returns (int32) {
        int256 year = _floorDiv(index, 12);
        return fromCivil(year, index - year * 12 + 1, 1);
    }

    function _floorDiv(int256 value, int256 divisor) private pure returns (int256) {
        return value >= 0 ? value / divisor : (value - divisor + 1) / divisor;
    }
}
