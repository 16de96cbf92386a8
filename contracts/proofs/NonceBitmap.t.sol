// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { NonceBitmap } from "../src/libraries/intents/NonceBitmap.sol";

/// @title INV-12: a nonce is burnt at most once, and no nonce burns another.
/// @dev For all nonces and all earlier contents of the bitmap.
contract NonceBitmapProof {
    mapping(uint256 word => uint256 bits) private _words;

    /// @dev Whatever was burnt before, the first burn of a fresh bit succeeds and the second
    /// fails.
    function check_burn__succeedsExactlyOnce(uint256 nonce, uint256 earlier) external {
        _words[nonce >> 8] = earlier;
        bool wasBurnt = NonceBitmap.isBurnt(_words, nonce);
        assert(NonceBitmap.burn(_words, nonce) == !wasBurnt);
        assert(NonceBitmap.isBurnt(_words, nonce));
        assert(!NonceBitmap.burn(_words, nonce));
    }

    /// @dev Any other nonce, in the same word or another, keeps its state.
    function check_burn__leavesOtherNoncesAlone(
        uint256 nonce,
        uint256 other,
        uint256 earlier,
        uint256 elsewhere
    ) external {
        if (nonce == other) return;
        _words[other >> 8] = elsewhere;
        _words[nonce >> 8] = earlier;
        bool before = NonceBitmap.isBurnt(_words, other);
        NonceBitmap.burn(_words, nonce);
        assert(NonceBitmap.isBurnt(_words, other) == before);
    }

    /// @dev A burnt bit stays burnt whatever is burnt later.
    function check_burnt__staysBurnt(uint256 nonce, uint256 later, uint256 earlier) external {
        _words[later >> 8] = earlier;
        NonceBitmap.burn(_words, nonce);
        NonceBitmap.burn(_words, later);
        assert(NonceBitmap.isBurnt(_words, nonce));
    }
}
