// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { WalletLedger } from "../src/ledger/WalletLedger.sol";
import { PostingLists } from "../src/libraries/PostingLists.sol";
import { HoldId } from "../src/types/Ids.sol";
import { BalanceWord, COUNTER_MASK, FLAG_COUNTER } from "../src/types/LedgerWords.sol";
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
        _balances[_key(account, pocket)].word = BalanceWord.wrap(word);
    }

    function wordOf(address account, Pocket pocket) external view returns (BalanceWord) {
        return _balances[_key(account, pocket)].word;
    }
}

/// @title INV-1 to INV-5, for all amounts, balances and purposes: what a call adds it takes.
/// @dev The words to start from are those that the ledger can produce: available + held fits 64
/// bits (every credit checks it), and a counter is far from the ends of its 112 bits.
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
        int256 change = 0;
        try ledger.move(0, purpose, PostingLists.pack(postings)) {
            change = int256(uint256(one.amountFen));
            assert((one.fromPocket == Pocket.POINTS) == (one.toPocket == Pocket.POINTS));
        } catch { }
        assert(_value(ANN, one.fromPocket) == payer - change);
        assert(_value(BEN, one.toPocket) == receiver + change);
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
            assert(afterwards.availableOf() == before.availableOf() - amountFen);
            assert(afterwards.heldOf() == before.heldOf() + amountFen);
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
        uint256 available = ledger.wordOf(ANN, Pocket.CASH).availableOf();
        uint256 held = ledger.wordOf(ANN, Pocket.CASH).heldOf();
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
        assert(ledger.wordOf(ANN, Pocket.CASH).availableOf() == available - postedFen);
        assert(ledger.wordOf(ANN, Pocket.CASH).heldOf() == held);
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
        int256 counter = one.counterOf();
        bool far = counter > -(2 ** 100) && counter < 2 ** 100;
        bool fits = uint256(one.availableOf()) + one.heldOf() <= type(uint64).max;
        // Only a counter has a counter, and it has no balance.
        bool pure_ = one.has(FLAG_COUNTER)
            ? one.availableOf() == 0 && one.heldOf() == 0
            : !one.has(COUNTER_MASK);
        if (!far || !fits || !pure_) return false;
        ledger.setWord(account, pocket, word);
        return true;
    }

    function _value(address account, Pocket pocket) private view returns (int256) {
        BalanceWord word = ledger.wordOf(account, pocket);
        return int256(uint256(word.availableOf()) + word.heldOf()) + word.counterOf();
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
