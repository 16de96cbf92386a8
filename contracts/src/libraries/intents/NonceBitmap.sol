// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Unordered nonces: one bit each, 256 of them in a slot. A bit is burnt once and for
/// ever.
/// @dev A library of its own, so that contracts/proofs proves the code that the router runs.
library NonceBitmap {
    /// @dev Burns a nonce; false, and no change, if it was burnt before.
    function burn(
        mapping(uint256 word => uint256 bits) storage words,
        uint256 nonce
    ) internal returns (bool) {
        uint256 bits = words[nonce >> 8];
        uint256 bit = 1 << (nonce & 255);
        if (bits & bit != 0) return false;
        words[nonce >> 8] = bits | bit;
        return true;
    }

    function isBurnt(
        mapping(uint256 word => uint256 bits) storage words,
        uint256 nonce
    ) internal view returns (bool) {
        return words[nonce >> 8] & (1 << (nonce & 255)) != 0;
    }
}
