// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A set of 64-bit tags, four lanes to a storage word; words form a chain.
/// @dev A lane holds a tag, or FREED where a tag was taken out, or zero where there never was
/// one. Lanes are filled from the lowest up, so the first word with a zero lane is the last of
/// its chain; FREED keeps it so. docs/adr/0013 gives the figures.
library TagLanes {
    uint256 private constant ONES = 1 | 1 << 64 | 1 << 128 | 1 << 192;
    uint256 private constant HIGHS = ONES << 63;
    uint256 private constant LANE = type(uint64).max;
    uint256 private constant FREED = 1;

    /// @notice The tag of a hash: its first eight bytes, but never what marks an empty lane.
    function tagOf(bytes32 hash) internal pure returns (bytes8) {
        bytes8 tag = bytes8(hash);
        return uint64(tag) > FREED ? tag : bytes8(uint64(tag) + 2);
    }

    /// @notice Whether the tag stands in one of the lanes.
    function has(uint256 lanes, bytes8 tag) internal pure returns (bool) {
        return _zeroLanes(lanes ^ _everyLane(tag)) != 0;
    }

    /// @notice Whether the chain ends here.
    function isLast(uint256 lanes) internal pure returns (bool) {
        return _zeroLanes(lanes) != 0;
    }

    /// @notice Whether a tag can be put here.
    function hasRoom(uint256 lanes) internal pure returns (bool) {
        return _zeroLanes(lanes & ~ONES) != 0;
    }

    /// @notice The lanes with the tag in the lowest free one; there must be one.
    function put(uint256 lanes, bytes8 tag) internal pure returns (uint256) {
        return _write(lanes, _zeroLanes(lanes & ~ONES), uint64(tag));
    }

    /// @notice The lanes without the tag, which must be there.
    function take(uint256 lanes, bytes8 tag) internal pure returns (uint256) {
        return _write(lanes, _zeroLanes(lanes ^ _everyLane(tag)), FREED);
    }

    /// @dev Writes a lane: the lowest of the marked ones.
    function _write(uint256 lanes, uint256 marks, uint256 value) private pure returns (uint256) {
        // Unchecked: `unit` is one bit, the lowest of a lane, and all values are 64 bits wide.
        unchecked {
            uint256 unit = (marks & (0 - marks)) >> 63;
            return lanes & ~(LANE * unit) | value * unit;
        }
    }

    /// @dev The highest bit of the lowest zero lane, and of some lanes above it; zero if no lane
    /// is zero. (Subtracting borrows out of a zero lane only.)
    function _zeroLanes(uint256 lanes) private pure returns (uint256) {
        // Unchecked: the borrow out of the highest lane is meant.
        unchecked {
            return (lanes - ONES) & ~lanes & HIGHS;
        }
    }

    function _everyLane(bytes8 tag) private pure returns (uint256) {
        // Unchecked: below 2^256.
        unchecked {
            return uint64(tag) * ONES;
        }
    }
}
