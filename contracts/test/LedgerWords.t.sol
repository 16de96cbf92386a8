// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { BalanceWord, FLAG_FROZEN, HoldWord, TRANSFER_BIT } from "../src/types/LedgerWords.sol";
import { packHold } from "../src/types/LedgerWords.sol";
import { Pocket } from "../src/types/Money.sol";
import { TestBase } from "./TestBase.sol";

contract LedgerWordsTest is TestBase {
    function testFuzz_balance__eachFieldChangesAlone(
        uint64 total,
        uint64 part,
        int112 counter
    ) public pure {
        VM.assume(part <= total);
        BalanceWord word = BalanceWord.wrap(0).withCounter(counter).withFlag(FLAG_FROZEN, true);
        word = word.moreAvailable(total).holding(part);
        _same("available", word.availableOf(), total - part);
        _same("held", word.heldOf(), part);
        _same("counter", word.counterOf(), counter);
        assert(word.has(FLAG_FROZEN));
        word = word.lessAvailable(total - part).releasing(part, 0).withFlag(FLAG_FROZEN, false);
        _same("released", word.availableOf(), part);
        _same("nothing held", word.heldOf(), 0);
        _same("counter kept", word.counterOf(), counter);
        assert(!word.has(FLAG_FROZEN));
    }

    function testFuzz_releasing__postedPartLeaves(
        uint64 other,
        uint64 amount,
        uint64 posted
    ) public pure {
        VM.assume(posted <= amount && uint256(other) + amount <= type(uint64).max);
        BalanceWord word = BalanceWord.wrap(0).moreAvailable(other + amount).holding(amount);
        word = word.releasing(amount, posted);
        _same("available", word.availableOf(), uint256(other) + amount - posted);
        _same("held", word.heldOf(), 0);
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
