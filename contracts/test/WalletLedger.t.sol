// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { AmountOverflow, HoldEnded, InsufficientBalance } from "../src/types/Errors.sol";
import { Entry, credit, debit } from "../src/types/Entries.sol";
import { HoldId } from "../src/types/Ids.sol";
import { MAX_BALANCE } from "../src/types/LedgerWords.sol";
import { MAX_AMOUNT_FEN, Pocket, Purpose } from "../src/types/Money.sol";
import { LedgerBase } from "./LedgerBase.sol";

contract WalletLedgerTest is LedgerBase {
    address private constant ANN = address(0xA1);
    address private constant BEN = address(0xB2);

    function testFuzz_move__whatLeavesArrives(uint64 seed, uint64 part) public {
        uint64 fundFen = uint64(_bound(seed, 1, MAX_AMOUNT_FEN));
        uint64 moved = uint64(_bound(part, 1, fundFen));
        _fund(ANN, Pocket.CASH, fundFen);
        ledger.move(bytes32(0), Purpose.CLAIM, _one(ANN, Pocket.CASH, BEN, Pocket.CASH, moved));
        _same("payer", _balance(ANN, Pocket.CASH), fundFen - moved);
        _same("receiver", _balance(BEN, Pocket.CASH), moved);
        _same("bank", ledger.counterOf(BANK), -int256(uint256(fundFen)));
    }

    function testFuzz_move__oneFenMoreThanAvailableChangesNothing(uint64 seed) public {
        uint64 fundFen = uint64(_bound(seed, 1, MAX_AMOUNT_FEN - 1));
        _fund(ANN, Pocket.CASH, fundFen);
        Entry[] memory chain = new Entry[](3);
        chain[0] = credit(BEN, Pocket.CASH);
        chain[1] = debit(ANN, Pocket.CASH, 1);
        chain[2] = debit(ANN, Pocket.CASH, fundFen);
        VM.expectRevert(
            abi.encodeWithSelector(
                InsufficientBalance.selector, ANN, Pocket.CASH, fundFen - 1, fundFen
            )
        );
        ledger.move(bytes32(0), Purpose.CLAIM, chain);
        _same("payer", _balance(ANN, Pocket.CASH), fundFen);
        _same("receiver", _balance(BEN, Pocket.CASH), 0);
    }

    function testFuzz_move__toItselfChangesNothing(uint64 seed, uint64 part) public {
        uint64 fundFen = uint64(_bound(seed, 1, MAX_AMOUNT_FEN));
        uint64 moved = uint64(_bound(part, 1, fundFen));
        _fund(ANN, Pocket.CASH, fundFen);
        ledger.move(bytes32(0), Purpose.CLAIM, _one(ANN, Pocket.CASH, ANN, Pocket.CASH, moved));
        _same("balance", _balance(ANN, Pocket.CASH), fundFen);
    }

    function testFuzz_postHold__restIsReleased(
        uint64 seed,
        uint64 heldSeed,
        uint64 postSeed
    ) public {
        uint64 fundFen = uint64(_bound(seed, 1, MAX_AMOUNT_FEN));
        uint64 heldFen = uint64(_bound(heldSeed, 1, fundFen));
        uint64 postedFen = uint64(_bound(postSeed, 1, heldFen));
        HoldId id = _holdId(1);
        _fund(ANN, Pocket.MEDICAL, fundFen);
        ledger.hold(id, ANN, Pocket.MEDICAL, heldFen, uint40(START + 1));
        _same("held", ledger.heldOf(ANN, Pocket.MEDICAL), heldFen);
        ledger.postHold(id, bytes32(0), Purpose.CLAIM, BEN, Pocket.CASH, postedFen);
        _same("payer", _balance(ANN, Pocket.MEDICAL), fundFen - postedFen);
        _same("nothing held", ledger.heldOf(ANN, Pocket.MEDICAL), 0);
        _same("receiver", _balance(BEN, Pocket.CASH), postedFen);
        VM.expectRevert(abi.encodeWithSelector(HoldEnded.selector, id));
        ledger.postHold(id, bytes32(0), Purpose.CLAIM, BEN, Pocket.CASH, 1);
        VM.expectRevert(abi.encodeWithSelector(HoldEnded.selector, id));
        ledger.voidHold(id);
    }

    /// @dev Held money counts toward the limit of a pocket, so that releasing it can never fail.
    /// It takes 7,200 postings of the largest amount to get there, so the slot is written
    /// directly.
    function test_move__pocketFullWithHeld_overflows() public {
        bytes32 slot = keccak256(abi.encode(uint256(uint160(ANN)), uint256(1)));
        uint256 word = (MAX_BALANCE - 5) << 56 | 5;
        VM.store(address(ledger), slot, bytes32(word));
        Entry[] memory deposit = _one(BANK, Pocket.CASH, ANN, Pocket.CASH, 1);
        VM.expectRevert(abi.encodeWithSelector(AmountOverflow.selector, MAX_BALANCE + 1));
        ledger.move(bytes32(0), Purpose.DEPOSIT, deposit);
    }

    function testFuzz_openCounter__takesOverWhatIsThere(uint64 seed) public {
        uint64 fundFen = uint64(_bound(seed, 1, MAX_AMOUNT_FEN));
        _fund(ANN, Pocket.CASH, fundFen);
        ledger.openCounter(ANN, Pocket.CASH);
        _same("counter", ledger.counterOf(ANN), int256(uint256(fundFen)));
        _same("no balance", _balance(ANN, Pocket.CASH), 0);
        _fund(BEN, Pocket.CASH, 1);
        ledger.move(bytes32(0), Purpose.CLAIM, _one(ANN, Pocket.CASH, BEN, Pocket.CASH, fundFen));
        ledger.move(bytes32(0), Purpose.CLAIM, _one(ANN, Pocket.CASH, BEN, Pocket.CASH, fundFen));
        _same("below zero", ledger.counterOf(ANN), -int256(uint256(fundFen)));
    }

    function testFuzz_balanceOf__idBeyondPocketsIsZero(uint256 id) public {
        VM.assume(id > 2);
        _fund(ANN, Pocket.CASH, 7);
        _same("beyond", ledger.balanceOf(ANN, id), 0);
    }
}
