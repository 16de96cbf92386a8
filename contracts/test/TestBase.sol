// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev The few cheat codes the tests use.
interface Vm {
    function assume(bool condition) external pure;
    function expectRevert(bytes calldata revertData) external;
    function store(address target, bytes32 slot, bytes32 value) external;
    function prank(address sender) external;
    function warp(uint256 timestamp) external;
}

/// @title Assertions and bounds, in place of a library of ours to keep up to date.
abstract contract TestBase {
    Vm internal constant VM = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

    error Unequal(string what, int256 got, int256 expected);

    function _same(string memory what, uint256 got, uint256 expected) internal pure {
        if (got != expected) revert Unequal(what, int256(got), int256(expected));
    }

    function _same(string memory what, int256 got, int256 expected) internal pure {
        if (got != expected) revert Unequal(what, got, expected);
    }

    /// @dev Maps any value into [low, high], edges included as often as the rest.
    function _bound(uint256 value, uint256 low, uint256 high) internal pure returns (uint256) {
        return low + value % (high - low + 1);
    }
}
