// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    BalanceWord,
    COUNTER_MASK,
    FLAG_FROZEN,
    HoldWord,
    MAX_BALANCE,
    MEDICAL_SHIFT,
    TRANSFER_BIT,
    packHold,
    shiftOf,
    slotKeyOf
} from "../src/types/LedgerWords.sol";
import { Pocket } from "../src/types/Money.sol";
import { TestBase } from "./TestBase.sol";

contract LedgerWordsTest is TestBase {
    /// @dev What one pocket does never touches the other one of the slot, or a flag.
    function testFuzz_balance__eachFieldChangesAlone(
        uint56 total,
        uint56 part,
        uint112 other,
        bool isMedical
    ) public pure {
        VM.assume(part <= total);
        uint256 shift = isMedical ? MEDICAL_SHIFT : 0;
        uint256 rest = uint256(other) << (MEDICAL_SHIFT - shift) | FLAG_FROZEN;
        BalanceWord word = BalanceWord.wrap(rest);
        word = word.moreAvailable(shift, total).holding(shift, part);
        _same("available", word.availableAt(shift), total - part);
        _same("held", word.heldAt(shift), part);
        _same("rest", BalanceWord.unwrap(word) & ~(COUNTER_MASK << shift), rest);
        word = word.lessAvailable(shift, total - part).releasing(shift, part, 0);
        _same("released", word.availableAt(shift), part);
        _same("nothing held", word.heldAt(shift), 0);
        _same("rest", BalanceWord.unwrap(word) & ~(COUNTER_MASK << shift), rest);
        word = word.withFlag(FLAG_FROZEN, false);
        assert(!word.has(FLAG_FROZEN));
        _same("balances", word.balancesOf(), BalanceWord.unwrap(word));
    }

    function testFuzz_counter__comesBackAndChangesAlone(int112 value, uint144 rest) public pure {
        uint256 above = uint256(rest) << 112;
        BalanceWord word = BalanceWord.wrap(above | 5).withCounter(value);
        _same("counter", word.counterOf(), value);
        _same("rest", BalanceWord.unwrap(word) & ~COUNTER_MASK, above);
    }

    function testFuzz_keys__pocketsOfMoneyShareASlot(address account) public pure {
        uint256 cash = uint160(account);
        uint256 medical = cash | 1 << 160;
        uint256 points = cash | 2 << 160;
        assert(slotKeyOf(cash) == slotKeyOf(medical) && slotKeyOf(cash) != slotKeyOf(points));
        _same("cash", shiftOf(cash), 0);
        _same("medical", shiftOf(medical), MEDICAL_SHIFT);
        _same("points", shiftOf(points), 0);
    }

    function testFuzz_releasing__postedPartLeaves(
        uint56 other,
        uint56 amount,
        uint56 posted
    ) public pure {
        VM.assume(posted <= amount && uint256(other) + amount <= MAX_BALANCE);
        BalanceWord word = BalanceWord.wrap(0);
        word = word.moreAvailable(MEDICAL_SHIFT, uint256(other) + amount);
        word = word.holding(MEDICAL_SHIFT, amount).releasing(MEDICAL_SHIFT, amount, posted);
        _same("available", word.availableAt(MEDICAL_SHIFT), uint256(other) + amount - posted);
        _same("held", word.heldAt(MEDICAL_SHIFT), 0);
    }

    function testFuzz_hold__everyFieldComesBack(
        address account,
        uint8 pocketSeed,
        uint48 amount,
        uint40 expiry,
        uint8 stateSeed,
        bool transfer
    ) public pure {
        Pocket pocket = Pocket(pocketSeed % 3);
        uint256 bit = transfer ? TRANSFER_BIT : 0;
        HoldWord word = packHold(account, pocket, amount, expiry, 1, bit);
        word = word.withState(stateSeed % 5);
        assert(word.accountOf() == account && word.pocketOf() == pocket);
        assert(word.isTransfer() == transfer);
        _same("amount", word.amountOf(), amount);
        _same("expiry", word.expiryOf(), expiry);
        _same("state", word.stateOf(), stateSeed % 5);
    }
}
