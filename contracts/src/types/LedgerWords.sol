// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Pocket } from "./Money.sol";

/// @dev Two pockets of an account in one storage slot: CASH and MEDICAL, so that a claim which
/// takes both writes once; POINTS has a slot of its own, of the same form with one pocket. From
/// the lowest bit: CASH or POINTS available 56, held 56 | MEDICAL available 56, held 56 | COUNTER
/// | FROZEN | CLOSED. A counter's value is an int112 in place of the first two fields.
/// Packed by hand: a struct costs a read and a write per member that changes.
type BalanceWord is uint256;

/// @dev One hold in one storage slot, from the lowest bit:
/// amount uint48 | expiresAt uint40 | state uint4 | pocket uint3 | TRANSFER | account 160 bits.
type HoldWord is uint256;

uint256 constant FLAG_COUNTER = 1 << 224;
uint256 constant FLAG_FROZEN = 1 << 225;
uint256 constant FLAG_CLOSED = 1 << 226;
uint256 constant ANY_FLAG = FLAG_COUNTER | FLAG_FROZEN | FLAG_CLOSED;

/// @dev The most that available and held of a pocket are together: 7 · 10^16 fen.
uint256 constant MAX_BALANCE = (1 << 56) - 1;

uint256 constant HELD_SHIFT = 56;
uint256 constant MEDICAL_SHIFT = 112;
uint256 constant COUNTER_MASK = (1 << 112) - 1;
uint256 constant BALANCES_MASK = (1 << 224) - 1;

/// @dev An account and its pocket in one word, as in Entry: account 160 bits | MEDICAL | POINTS.
uint256 constant MEDICAL_KEY = 1 << 160;
uint256 constant POINTS_KEY = 1 << 161;

uint256 constant EXPIRY_SHIFT = 48;
uint256 constant STATE_SHIFT = 88;
uint256 constant POCKET_SHIFT = 92;
uint256 constant TRANSFER_BIT = 1 << 95;
uint256 constant ACCOUNT_SHIFT = 96;

/// @dev The key of the slot that holds a pocket.
function slotKeyOf(uint256 key) pure returns (uint256) {
    return key & ~MEDICAL_KEY;
}

/// @dev Where in its slot the fields of a pocket begin.
function shiftOf(uint256 key) pure returns (uint256) {
    // Unchecked: the bit times the shift.
    unchecked {
        return ((key >> 160) & 1) * MEDICAL_SHIFT;
    }
}

function availableAt(BalanceWord word, uint256 shift) pure returns (uint256) {
    return (BalanceWord.unwrap(word) >> shift) & MAX_BALANCE;
}

function heldAt(BalanceWord word, uint256 shift) pure returns (uint256) {
    return (BalanceWord.unwrap(word) >> shift >> HELD_SHIFT) & MAX_BALANCE;
}

/// @dev Sign-extends the 112 bits; of a counter only.
function counterOf(BalanceWord word) pure returns (int112) {
    return int112(uint112(BalanceWord.unwrap(word)));
}

/// @dev All balances, in place: to compare them with zero or with one of them.
function balancesOf(BalanceWord word) pure returns (uint256) {
    return BalanceWord.unwrap(word) & BALANCES_MASK;
}

function has(BalanceWord word, uint256 flags) pure returns (bool) {
    return BalanceWord.unwrap(word) & flags != 0;
}

/// @dev The caller has checked `amountFen <= availableAt(word, shift)`.
function lessAvailable(
    BalanceWord word,
    uint256 shift,
    uint256 amountFen
) pure returns (BalanceWord) {
    // Unchecked: a field that is large enough does not borrow.
    unchecked {
        return BalanceWord.wrap(BalanceWord.unwrap(word) - (amountFen << shift));
    }
}

/// @dev The caller has checked that available + held + `amountFen` is at most MAX_BALANCE.
function moreAvailable(
    BalanceWord word,
    uint256 shift,
    uint256 amountFen
) pure returns (BalanceWord) {
    // Unchecked: the field does not carry.
    unchecked {
        return BalanceWord.wrap(BalanceWord.unwrap(word) + (amountFen << shift));
    }
}

/// @dev Available to held; the caller has checked `amountFen <= availableAt(word, shift)`.
function holding(BalanceWord word, uint256 shift, uint256 amountFen) pure returns (BalanceWord) {
    // Unchecked: available does not borrow, and held does not carry by every credit's check.
    unchecked {
        uint256 change = (amountFen << HELD_SHIFT) - amountFen;
        return BalanceWord.wrap(BalanceWord.unwrap(word) + (change << shift));
    }
}

/// @dev Held to available for `amountFen - postedFen`; `postedFen` leaves the account. An open
/// hold of `amountFen` is part of the held field.
function releasing(
    BalanceWord word,
    uint256 shift,
    uint256 amountFen,
    uint256 postedFen
) pure returns (BalanceWord) {
    // Unchecked: held does not borrow, and available + held does not grow.
    unchecked {
        uint256 lower = BalanceWord.unwrap(word) - (amountFen << (shift + HELD_SHIFT));
        return BalanceWord.wrap(lower + ((amountFen - postedFen) << shift));
    }
}

function withCounter(BalanceWord word, int112 value) pure returns (BalanceWord) {
    uint256 rest = BalanceWord.unwrap(word) & ~COUNTER_MASK;
    return BalanceWord.wrap(rest | uint112(value));
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
    availableAt,
    heldAt,
    counterOf,
    balancesOf,
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
