// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The two functions every amount goes through (docs/adjudication.md section 1).
/// @dev Unchecked: callers pass values far below 2^255.
library Rounding {
    /// @notice value / divisor, rounded half up.
    function halfUp(uint256 value, uint256 divisor) internal pure returns (uint256) {
        unchecked {
            return (2 * value + divisor) / (2 * divisor);
        }
    }

    /// @notice value − less, not below zero.
    function saturatingSub(uint256 value, uint256 less) internal pure returns (uint256) {
        unchecked {
            return value > less ? value - less : 0;
        }
    }

    function min(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a : b;
    }

    function max(uint256 a, uint256 b) internal pure returns (uint256) {
        return a > b ? a : b;
    }
}
