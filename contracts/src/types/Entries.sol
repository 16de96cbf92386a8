// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Pocket } from "./Money.sol";

/// @dev One entry of `IWalletLedger.move` in one word, from the lowest bit:
/// account 160 | pocket 2 | unused 6 | amountFen 64 | unused | CREDIT (the highest bit).
/// @dev A credit entry names who receives what the debit entries after it take, up to the next
/// credit entry; it has no amount. So what one receiver gets from several payers is written to
/// its slot once, and every posting is one debit entry: balanced by its form.
type Entry is uint256;

using { amountOf, keyOf, isCredit, isSamePlace } for Entry global;

uint256 constant ENTRY_POCKET_SHIFT = 160;
uint256 constant ENTRY_AMOUNT_SHIFT = 168;
uint256 constant ENTRY_KEY_MASK = (1 << 162) - 1;
uint256 constant ENTRY_CREDIT = 1 << 255;

/// @dev What the next debits take reaches this pocket.
function credit(address account, Pocket pocket) pure returns (Entry) {
    return Entry.wrap(
        ENTRY_CREDIT | (uint256(pocket) << ENTRY_POCKET_SHIFT) | uint256(uint160(account))
    );
}

/// @dev One posting: `amountFen` leaves this pocket.
function debit(address account, Pocket pocket, uint64 amountFen) pure returns (Entry) {
    return Entry.wrap(
        (uint256(amountFen) << ENTRY_AMOUNT_SHIFT) | (uint256(pocket) << ENTRY_POCKET_SHIFT)
            | uint256(uint160(account))
    );
}

function amountOf(Entry entry) pure returns (uint256) {
    return uint64(Entry.unwrap(entry) >> ENTRY_AMOUNT_SHIFT);
}

/// @dev Account and pocket.
function keyOf(Entry entry) pure returns (uint256) {
    return Entry.unwrap(entry) & ENTRY_KEY_MASK;
}

function isCredit(Entry entry) pure returns (bool) {
    return Entry.unwrap(entry) & ENTRY_CREDIT != 0;
}

/// @dev Whether both name one account and pocket.
function isSamePlace(Entry a, Entry b) pure returns (bool) {
    return keyOf(a) == keyOf(b);
}
