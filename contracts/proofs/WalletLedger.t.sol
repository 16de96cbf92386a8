// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { WalletLedger } from "../src/ledger/WalletLedger.sol";
import { PostingLists } from "../src/libraries/money/PostingLists.sol";
import { HoldId } from "../src/types/Ids.sol";
import {
    BalanceWord,
    COUNTER_MASK,
    FLAG_COUNTER,
    MAX_BALANCE,
    shiftOf,
    slotKeyOf
} from "../src/types/LedgerWords.sol";
import { Pocket, Posting, Purpose } from "../src/types/Money.sol";

/// @title An authority that lets everybody: who may call is not what is proved here.
contract OpenAuthority {
    function canCall(address, address, bytes4) external pure returns (bool, uint32) {
        return (true, 0);
    }
}

/// @title The ledger with any balances to start from.
contract OpenLedger is WalletLedger {
    constructor(address authority_) WalletLedger(authority_) { }

    function setWord(address account, Pocket pocket, uint256 word) external {
        _balances[slotKeyOf(_key(account, pocket))].word = BalanceWord.wrap(word);
    }

    function wordOf(address account, Pocket pocket) external view returns (BalanceWord) {
        return _balances[slotKeyOf(_key(account, pocket))].word;
    }

    function availableIn(address account, Pocket pocket) external view returns (uint256) {
        uint256 key = _key(account, pocket);
        return _balances[slotKeyOf(key)].word.availableAt(shiftOf(key));
    }

    function heldIn(address account, Pocket pocket) external view returns (uint256) {
        uint256 key = _key(account, pocket);
        return _balances[slotKeyOf(key)].word.heldAt(shiftOf(key));
    }
}

/// @title INV-1 to INV-5, for all amounts, balances and purposes: what a call adds it takes.
/// @dev The words to start from are those that the ledger can produce: available + held of a
/// pocket fits 56 bits (every credit checks it), and a counter is far from the ends of its 112
/// bits.
contract WalletLedgerProof {
    address private constant ANN = address(0xA1);
    address private constant BEN = address(0xB2);
    HoldId private constant HOLD = HoldId.wrap(bytes32(uint256(1)));

    OpenLedger private ledger;

    function setUp() public {
        ledger = new OpenLedger(address(new OpenAuthority()));
    }

    /// @dev One posting between two accounts, counters or not: what one gains the other loses.
    function check_move__conserves(
        uint256 payerWord,
        uint256 receiverWord,
        uint64 amountFen,
        uint8 purpose,
        uint8 fromPocket,
        uint8 toPocket
    ) external {
        if (purpose > uint8(type(Purpose).max) || fromPocket > 2 || toPocket > 2) return;
        if (!_start(ANN, Pocket(fromPocket), payerWord)) return;
        if (!_start(BEN, Pocket(toPocket), receiverWord)) return;
        _checkMove(
            Purpose(purpose), _one(ANN, Pocket(fromPocket), BEN, Pocket(toPocket), amountFen)
        );
    }

    function _checkMove(Purpose purpose, Posting[] memory postings) private {
        Posting memory one = postings[0];
        int256 payer = _value(ANN, one.fromPocket);
        int256 receiver = _value(BEN, one.toPocket);
        uint256 besidePayer = _beside(ANN, one.fromPocket);
        uint256 besideReceiver = _beside(BEN, one.toPocket);
        int256 change = 0;
        try ledger.move(0, purpose, PostingLists.pack(postings)) {
            change = int256(uint256(one.amountFen));
            assert((one.fromPocket == Pocket.POINTS) == (one.toPocket == Pocket.POINTS));
        } catch { }
        assert(_value(ANN, one.fromPocket) == payer - change);
        assert(_value(BEN, one.toPocket) == receiver + change);
        assert(_beside(ANN, one.fromPocket) == besidePayer);
        assert(_beside(BEN, one.toPocket) == besideReceiver);
    }

    /// @dev A posting of an account to itself changes nothing.
    function check_move__toItselfConserves(
        uint256 word,
        uint64 amountFen,
        uint8 purpose
    ) external {
        if (purpose > uint8(type(Purpose).max) || !_start(ANN, Pocket.CASH, word)) {
            return;
        }
        int256 before = _value(ANN, Pocket.CASH);
        Posting[] memory self = _one(ANN, Pocket.CASH, ANN, Pocket.CASH, amountFen);
        try ledger.move(0, Purpose(purpose), PostingLists.pack(self)) { } catch { }
        assert(_value(ANN, Pocket.CASH) == before);
    }

    /// @dev A hold moves available to held and nothing else; it never takes more than is there.
    function check_hold__conserves(uint256 word, uint64 amountFen, uint40 expiresAt) external {
        if (!_start(ANN, Pocket.CASH, word)) return;
        BalanceWord before = ledger.wordOf(ANN, Pocket.CASH);
        try ledger.hold(HOLD, ANN, Pocket.CASH, amountFen, expiresAt) {
            BalanceWord afterwards = ledger.wordOf(ANN, Pocket.CASH);
            assert(afterwards.availableAt(0) == before.availableAt(0) - amountFen);
            assert(afterwards.heldAt(0) == before.heldAt(0) + amountFen);
            assert(_besideCash(afterwards) == _besideCash(before));
            assert(ledger.holdOf(HOLD).amountFen == amountFen);
        } catch {
            assert(_same(ledger.wordOf(ANN, Pocket.CASH), before));
        }
    }

    /// @dev What a hold pays leaves the account and arrives; the rest is available again; and no
    /// second step of any kind succeeds.
    function check_postHold__conservesAndEndsOnce(
        uint256 word,
        uint256 receiverWord,
        uint64 amountFen,
        uint64 postedFen
    ) external {
        if (!_start(ANN, Pocket.CASH, word) || !_start(BEN, Pocket.CASH, receiverWord)) return;
        uint256 available = ledger.availableIn(ANN, Pocket.CASH);
        uint256 held = ledger.heldIn(ANN, Pocket.CASH);
        int256 receiver = _value(BEN, Pocket.CASH);
        try ledger.hold(HOLD, ANN, Pocket.CASH, amountFen, type(uint40).max) { }
        catch {
            return;
        }
        try ledger.postHold(HOLD, 0, Purpose.CLAIM, BEN, Pocket.CASH, postedFen) { }
        catch {
            return;
        }
        assert(postedFen <= amountFen);
        assert(ledger.availableIn(ANN, Pocket.CASH) == available - postedFen);
        assert(ledger.heldIn(ANN, Pocket.CASH) == held);
        assert(_value(BEN, Pocket.CASH) == receiver + int256(uint256(postedFen)));
        _assertEnded(1);
    }

    /// @dev A voided hold gives back all of it, and no second step of any kind succeeds.
    function check_voidHold__conservesAndEndsOnce(uint256 word, uint64 amountFen) external {
        if (!_start(ANN, Pocket.CASH, word)) return;
        BalanceWord before = ledger.wordOf(ANN, Pocket.CASH);
        try ledger.hold(HOLD, ANN, Pocket.CASH, amountFen, type(uint40).max) { }
        catch {
            return;
        }
        ledger.voidHold(HOLD);
        assert(_same(ledger.wordOf(ANN, Pocket.CASH), before));
        _assertEnded(amountFen);
    }

    function _assertEnded(uint64 amountFen) private {
        try ledger.postHold(HOLD, 0, Purpose.CLAIM, BEN, Pocket.CASH, amountFen) {
            assert(false);
        } catch { }
        try ledger.voidHold(HOLD) {
            assert(false);
        } catch { }
        try ledger.expireHold(HOLD) {
            assert(false);
        } catch { }
        try ledger.hold(HOLD, ANN, Pocket.CASH, 1, 1) {
            assert(false);
        } catch { }
    }

    /// @dev False for words that the ledger never writes.
    function _start(address account, Pocket pocket, uint256 word) private returns (bool) {
        BalanceWord one = BalanceWord.wrap(word);
        // The second pocket: of POINTS, and of a counter, it is closed and empty.
        bool alone = one.has(FLAG_COUNTER) || pocket == Pocket.POINTS;
        bool rest = alone ? one.balancesOf() <= COUNTER_MASK : _fits(one, 112);
        bool first = one.has(FLAG_COUNTER) ? _far(one.counterOf()) : _fits(one, 0);
        if (!rest || !first) return false;
        ledger.setWord(account, pocket, word);
        return true;
    }

    function _fits(BalanceWord word, uint256 shift) private pure returns (bool) {
        return word.availableAt(shift) + word.heldAt(shift) <= MAX_BALANCE;
    }

    function _far(int256 counter) private pure returns (bool) {
        return counter > -(2 ** 100) && counter < 2 ** 100;
    }

    function _value(address account, Pocket pocket) private view returns (int256) {
        BalanceWord word = ledger.wordOf(account, pocket);
        if (word.has(FLAG_COUNTER)) {
            return pocket == Pocket.MEDICAL ? int256(0) : word.counterOf();
        }
        return int256(ledger.availableIn(account, pocket) + ledger.heldIn(account, pocket));
    }

    /// @dev Everything in the slot but the pocket itself.
    function _beside(address account, Pocket pocket) private view returns (uint256) {
        uint256 word = BalanceWord.unwrap(ledger.wordOf(account, pocket));
        return word & ~(COUNTER_MASK << (pocket == Pocket.MEDICAL ? 112 : 0));
    }

    function _besideCash(BalanceWord word) private pure returns (uint256) {
        return BalanceWord.unwrap(word) & ~COUNTER_MASK;
    }

    function _same(BalanceWord a, BalanceWord b) private pure returns (bool) {
        return BalanceWord.unwrap(a) == BalanceWord.unwrap(b);
    }

    function _one(
        address from,
        Pocket left,
        address to,
        Pocket right,
        uint64 amountFen
    ) private pure returns (Posting[] memory postings) {
        postings = new Posting[](1);
        postings[0] = Posting(from, left, to, right, amountFen);
    }
}
