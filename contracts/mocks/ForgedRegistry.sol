// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A registry that records whatever change anybody asks for, also impossible ones.
/// @dev Stands in the genesis of test networks, with the two views that bridges read.
contract ForgedRegistry {
    struct Change {
        bytes32 removed;
        bytes32 added;
    }

    mapping(uint256 blockNumber => Change change) private _changes;

    function forge(bytes32 removed, bytes32 added) external {
        _changes[block.number] = Change(removed, added);
    }

    function changeAt(uint256 blockNumber)
        external
        view
        returns (bytes32 removed, bytes32 added)
    {
        Change memory change = _changes[blockNumber];
        return (change.removed, change.added);
    }

    function minimumValidators() external pure returns (uint256) {
        return 4;
    }
}
