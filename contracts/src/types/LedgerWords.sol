// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Pocket } from "./Money.sol";

/// @dev One account's pocket in one storage slot, from the lowest bit:
/// available uint64 | held uint64 | counter int112 | COUNTER | FROZEN | CLOSED.
/// Packed by hand: a struct costs a read and a write per member that changes.
type BalanceWord is uint256;

/// @dev One hold in one storage slot, from the lowest bit:
/// amount uint48 | expiresAt uint40 | state uint4 | pocket uint3 | TRANSFER | account 160 bits.
type HoldWord is uint256;

uint256 constant FLAG_COUNTER = 1 << 240;
uint256 constant FLAG_FROZEN = 1 << 241;
uint256 constant FLAG_CLOSED = 1 << 242;
uint256 constant ANY_FLAG = FLAG_COUNTER | FLAG_FROZEN | FLAG_CLOSED;

uint256 constant HELD_SHIFT = 64;
uint256 constant COUNTER_SHIFT = 128;
uint256 constant COUNTER_MASK = ((1 << 112) - 1) << COUNTER_SHIFT;

uint256 constant EXPIRY_SHIFT = 48;
uint256 constant STATE_SHIFT = 88;
uint256 constant POCKET_SHIFT = 92;
uint256 constant TRANSFER_BIT = 1 << 95;
uint256 constant ACCOUNT_SHIFT = 96;

function availableOf(BalanceWord word) pure returns (uint64) {
    return uint64(BalanceWord.unwrap(word));
}

function heldOf(BalanceWord word) pure returns (uint64) {
    return uint64(BalanceWord.unwrap(word) >> HELD_SHIFT);
}

/// @dev Sign-extends the 112 bits.
function counterOf(BalanceWord word) pure returns (int112) {
    return int112(uint112(BalanceWord.unwrap(word) >> COUNTER_SHIFT));
}

function has(BalanceWord word, uint256 flags) pure returns (bool) {
    return BalanceWord.unwrap(word) & flags != 0;
}

/// @dev The caller has checked `amountFen <= availableOf(word)`.
function lessAvailable(BalanceWord word, uint64 amountFen) pure returns (BalanceWord) {
    // Unchecked: the lowest field does not borrow.
    unchecked {
        return BalanceWord.wrap(BalanceWord.unwrap(word) - amountFen);
    }
}

/// @dev The caller has checked that available + held + `amountFen` fits 64 bits.
function moreAvailable(BalanceWord word, uint64 amountFen) pure returns (BalanceWord) {
    // Unchecked: the lowest field does not carry.
    unchecked {
        return BalanceWord.wrap(BalanceWord.unwrap(word) + amountFen);
    }
}

/// @dev Available to held; the caller has checked `amountFen <= availableOf(word)`.
function holding(BalanceWord word, uint64 amountFen) pure returns (BalanceWord) {
    // Unchecked: available does not borrow, and available + held fits 64 bits by every credit's
    // check.
    unchecked {
        uint256 change = (uint256(amountFen) << HELD_SHIFT) - amountFen;
        return BalanceWord.wrap(BalanceWord.unwrap(word) + change);
    }
}

/// @dev Held to available for `amountFen - postedFen`; `postedFen` leaves the account. An open
/// hold of `amountFen` is part of the held field.
function releasing(
    BalanceWord word,
    uint64 amountFen,
    uint64 postedFen
) pure returns (BalanceWord) {
    // Unchecked: held does not borrow, and available + held does not grow.
    unchecked {
        uint256 lower = BalanceWord.unwrap(word) - (uint256(amountFen) << HELD_SHIFT);
        return BalanceWord.wrap(lower + amountFen - postedFen);
    }
}

function withCounter(BalanceWord word, int112 value) pure returns (BalanceWord) {
    uint256 rest = BalanceWord.unwrap(word) & ~COUNTER_MASK;
    return BalanceWord.wrap(rest | (uint256(uint112(value)) << COUNTER_SHIFT));
}

function withFlag(BalanceWord word, uint256 flag, bool on) pure returns (BalanceWord) {
    uint256 rest = BalanceWord.unwrap(word) & ~flag;
    return BalanceWord.wrap(on ? rest | flag : rest);
}

/// @dev `state` is IWalletLedger.HoldState as a number; the amount is at most 10^13 < 2^48.
function packHold(
    address account,
    Pocket pocket,
    uint64 amountFen,
    uint40 expiresAt,
    uint256 state,
    uint256 transferBit
) pure returns (HoldWord) {
    return HoldWord.wrap(
        (uint256(uint160(account)) << ACCOUNT_SHIFT) | transferBit
            | (uint256(pocket) << POCKET_SHIFT) | (state << STATE_SHIFT)
            | (uint256(expiresAt) << EXPIRY_SHIFT) | amountFen
    );
}

function amountOf(HoldWord word) pure returns (uint64) {
    return uint48(HoldWord.unwrap(word));
}

function expiryOf(HoldWord word) pure returns (uint40) {
    return uint40(HoldWord.unwrap(word) >> EXPIRY_SHIFT);
}

function stateOf(HoldWord word) pure returns (uint256) {
    return (HoldWord.unwrap(word) >> STATE_SHIFT) & 0xf;
}

function pocketOf(HoldWord word) pure returns (Pocket) {
    return Pocket((HoldWord.unwrap(word) >> POCKET_SHIFT) & 0x7);
}

function accountOf(HoldWord word) pure returns (address) {
    return address(uint160(HoldWord.unwrap(word) >> ACCOUNT_SHIFT));
}

function isTransfer(HoldWord word) pure returns (bool) {
    return HoldWord.unwrap(word) & TRANSFER_BIT != 0;
}

function withState(HoldWord word, uint256 state) pure returns (HoldWord) {
    uint256 rest = HoldWord.unwrap(word) & ~(uint256(0xf) << STATE_SHIFT);
    return HoldWord.wrap(rest | (state << STATE_SHIFT));
}

using {
    availableOf,
    heldOf,
    counterOf,
    has,
    lessAvailable,
    moreAvailable,
    holding,
    releasing,
    withCounter,
    withFlag
} for BalanceWord global;

using {
    amountOf,
    expiryOf,
    stateOf,
    pocketOf,
    accountOf,
    isTransfer,
    withState
} for HoldWord global;
