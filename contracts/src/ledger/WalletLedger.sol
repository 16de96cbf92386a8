// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IWalletLedger } from "../interfaces/IWalletLedger.sol";
import {
    AccountFrozen,
    AccountUnknown,
    AlreadyExists,
    AmountOverflow,
    HoldEnded,
    HoldNotLapsed,
    HoldUnknown,
    InsufficientBalance,
    InvalidAmount,
    NoticeUsed,
    PocketNotAllowed,
    TransferPending,
    TransferUnknown
} from "../types/Errors.sol";
import { Entry } from "../types/Entries.sol";
import { HoldId } from "../types/Ids.sol";
import {
    ANY_FLAG,
    BalanceWord,
    FLAG_CLOSED,
    FLAG_COUNTER,
    FLAG_FROZEN,
    HoldWord,
    TRANSFER_BIT,
    packHold
} from "../types/LedgerWords.sol";
import { LedgerReads } from "./LedgerReads.sol";
import { MAX_AMOUNT_FEN, Pocket, Purpose } from "../types/Money.sol";

/// @title The ledger. State only: who may pay what to whom is decided by the rule modules.
/// @dev Calls nobody but its AccessManager, and that before anything else: there is no way to
/// re-enter.
contract WalletLedger is LedgerReads {
    // Storage: see LedgerReads.

    /// @dev Ways between two pockets, as bits 4 · from + to of a mask.
    uint256 private constant CASH_TO_CASH = 1 << 0;
    uint256 private constant CASH_TO_MEDICAL = 1 << 1;
    uint256 private constant MEDICAL_TO_CASH = 1 << 4;
    uint256 private constant MEDICAL_TO_MEDICAL = 1 << 5;
    uint256 private constant POINTS_TO_POINTS = 1 << 10;

    /// @dev Purposes (bit = number) whose money may become MEDICAL, or may leave MEDICAL.
    uint256 private constant INTO_MEDICAL = (1 << uint256(Purpose.PREMIUM))
        | (1 << uint256(Purpose.PREMIUM_REFUND)) | (1 << uint256(Purpose.TRANSFER_ACCEPTED))
        | (1 << uint256(Purpose.CLAIM_REVERSAL)) | (1 << uint256(Purpose.CORRECTION))
        | (1 << uint256(Purpose.GRANT));
    uint256 private constant OUT_OF_MEDICAL = (1 << uint256(Purpose.PREMIUM))
        | (1 << uint256(Purpose.PREMIUM_REFUND)) | (1 << uint256(Purpose.TRANSFER_ACCEPTED))
        | (1 << uint256(Purpose.CLAIM)) | (1 << uint256(Purpose.CLAIM_REVERSAL))
        | (1 << uint256(Purpose.CORRECTION));

    // ---- constructor ----

    constructor(address authority_) LedgerReads(authority_) { }

    // ---- postings ----

    /// @inheritdoc IWalletLedger
    function move(bytes32 ref, Purpose purpose, Entry[] calldata entries) external restricted {
        uint256 routes = _routesOf(purpose);
        Entry receiver = Entry.wrap(0);
        uint256 sumFen = 0;
        uint256 postings = 0;
        // Bounded by the calldata the rule module builds; a failure in the middle undoes all.
        for (uint256 i = 0; i < entries.length; ++i) {
            Entry entry = entries[i];
            if (entry.isCredit()) {
                if (sumFen != 0) _credit(receiver.keyOf(), sumFen, purpose);
                (receiver, sumFen) = (entry, 0);
                continue;
            }
            uint64 amountFen = entry.amountOf();
            _requireAmount(amountFen);
            _requireRoute(routes, entry.pocketOf(), receiver.pocketOf(), purpose);
            _debit(entry.keyOf(), amountFen, purpose);
            _emitTransfer(entry.keyOf(), receiver.keyOf(), amountFen);
            // Unchecked: 2^64 entries of 2^64 fen would not fit a transaction.
            unchecked {
                sumFen += amountFen;
                ++postings;
            }
        }
        if (sumFen != 0) _credit(receiver.keyOf(), sumFen, purpose);
        emit Moved(ref, purpose, postings);
    }

    // ---- holds ----

    /// @inheritdoc IWalletLedger
    function hold(
        HoldId holdId,
        address account,
        Pocket pocket,
        uint64 amountFen,
        uint40 expiresAt
    ) external restricted {
        _placeHold(holdId, account, pocket, amountFen, expiresAt, 0);
    }

    /// @inheritdoc IWalletLedger
    function postHold(
        HoldId holdId,
        bytes32 ref,
        Purpose purpose,
        address to,
        Pocket toPocket,
        uint64 amountFen
    ) external restricted {
        HoldWord word = _requireOpen(holdId);
        if (block.timestamp >= word.expiryOf()) revert HoldEnded(holdId);
        if (amountFen == 0 || amountFen > word.amountOf()) revert InvalidAmount(amountFen);

        _payHold(holdId, word, purpose, to, toPocket, amountFen);
        emit Moved(ref, purpose, 1);
    }

    /// @inheritdoc IWalletLedger
    function voidHold(HoldId holdId) external restricted {
        HoldWord word = _requireOpen(holdId);
        _releaseHold(holdId, word, HoldState.VOIDED);
    }

    /// @inheritdoc IWalletLedger
    function expireHold(HoldId holdId) external restricted {
        HoldWord word = _requireOpen(holdId);
        if (block.timestamp < word.expiryOf()) revert HoldNotLapsed(holdId);
        _releaseHold(holdId, word, HoldState.EXPIRED);
    }

    // ---- wallet transfers ----

    /// @inheritdoc IWalletLedger
    function placeTransfer(
        address sender,
        PendingTransfer calldata pending,
        int32 day
    ) external restricted {
        if (pending.receiver == address(0)) revert AccountUnknown(address(0));
        _sweepTransfer(sender);
        TransferRecord memory record = _transfers[sender];
        if (record.amountFen != 0) revert TransferPending(sender);
        uint8 sentToday = record.day == day ? record.sentToday + 1 : 1;

        _placeHold(
            _transferHoldId(sender, day, sentToday),
            sender,
            Pocket.MEDICAL,
            pending.amountFen,
            pending.returnsAt,
            TRANSFER_BIT
        );
        _transfers[sender] = TransferRecord({
            receiver: pending.receiver,
            amountFen: pending.amountFen,
            day: day,
            returnsAt: pending.returnsAt,
            sentToday: sentToday
        });

        emit TransferPendingSet(
            sender, pending.receiver, pending.amountFen, pending.returnsAt, day, sentToday
        );
    }

    /// @inheritdoc IWalletLedger
    function acceptTransfer(address sender, bytes32 ref) external restricted {
        TransferRecord memory record = _transfers[sender];
        if (record.amountFen == 0 || block.timestamp >= record.returnsAt) {
            revert TransferUnknown(sender);
        }

        HoldId holdId = _transferHoldId(sender, record.day, record.sentToday);
        _transfers[sender].amountFen = 0;
        _payHold(
            holdId,
            _holds[holdId],
            Purpose.TRANSFER_ACCEPTED,
            record.receiver,
            Pocket.MEDICAL,
            record.amountFen
        );

        emit TransferPendingCleared(sender);
        emit Moved(ref, Purpose.TRANSFER_ACCEPTED, 1);
    }

    /// @inheritdoc IWalletLedger
    function returnTransfer(address sender) external restricted returns (bool returned) {
        return _sweepTransfer(sender);
    }

    // ---- notices and accounts ----

    /// @inheritdoc IWalletLedger
    function useNotice(address channel, bytes32 noticeHash) external restricted {
        if (_notices[channel][noticeHash]) revert NoticeUsed(noticeHash);
        _notices[channel][noticeHash] = true;
    }

    /// @inheritdoc IWalletLedger
    function setFrozen(address account, bool frozen, bytes32 reasonCode) external restricted {
        // The flag sits in every pocket, so that a spend needs no second slot to see it.
        for (uint256 pocket = 0; pocket < POCKETS; ++pocket) {
            uint256 key = _key(account, Pocket(pocket));
            _balances[key].word = _balances[key].word.withFlag(FLAG_FROZEN, frozen);
        }
        emit AccountFreezeSet(account, frozen, reasonCode);
    }

    /// @inheritdoc IWalletLedger
    function openCounter(address account, Pocket pocket) external restricted {
        if (pocket == Pocket.MEDICAL) revert PocketNotAllowed(pocket, uint256(Purpose.NONE));
        BalanceWord own = _balances[_key(account, pocket)].word;
        uint64 valueFen = own.availableOf();
        if (own.heldOf() != 0) revert AlreadyExists(bytes32(uint256(uint160(account))));
        for (uint256 i = 0; i < POCKETS; ++i) {
            _openCounterPocket(account, Pocket(i), pocket);
        }
        emit CounterOpened(account, pocket, valueFen);
    }

    // ---- internals ----

    /// @dev Unique: the ordinal of a day is used once, also when the transfer is returned.
    function _transferHoldId(
        address sender,
        int32 day,
        uint8 ordinal
    ) private pure returns (HoldId) {
        return HoldId.wrap(keccak256(abi.encode(sender, day, ordinal)));
    }

    function _requireAmount(uint64 amountFen) private pure {
        if (amountFen == 0 || amountFen > MAX_AMOUNT_FEN) revert InvalidAmount(amountFen);
    }

    /// @dev The ways open to a purpose. Points and money never mix.
    function _routesOf(Purpose purpose) private pure returns (uint256 routes) {
        bool into = (INTO_MEDICAL >> uint256(purpose)) & 1 != 0;
        bool out = (OUT_OF_MEDICAL >> uint256(purpose)) & 1 != 0;
        routes = CASH_TO_CASH | POINTS_TO_POINTS;
        if (into) routes |= CASH_TO_MEDICAL;
        if (out) routes |= MEDICAL_TO_CASH;
        if (into && out) routes |= MEDICAL_TO_MEDICAL;
    }

    /// @dev Pockets as numbers below 4; the one beyond the enum has no way.
    function _requireRoute(
        uint256 routes,
        uint256 from,
        uint256 to,
        Purpose purpose
    ) private pure {
        if ((routes >> (4 * from + to)) & 1 != 0) return;
        // The pocket that refuses: MEDICAL that may not be spent, else the one to be filled.
        bool fills = Pocket(to) != Pocket.MEDICAL || routes & CASH_TO_MEDICAL != 0;
        bool spends = Pocket(from) == Pocket.MEDICAL && Pocket(to) != Pocket.POINTS;
        revert PocketNotAllowed(Pocket(fills && spends ? from : to), uint256(purpose));
    }

    /// @param key Account and pocket.
    function _debit(uint256 key, uint64 amountFen, Purpose purpose) private {
        Slot storage slot = _balances[key];
        BalanceWord word = slot.word;
        if (word.has(ANY_FLAG)) {
            if (word.has(FLAG_FROZEN) && purpose != Purpose.CORRECTION) {
                revert AccountFrozen(_accountOf(key));
            }
            if (word.has(FLAG_COUNTER)) {
                // Unchecked: 2^111 fen would take more than 10^20 postings of 10^13 fen.
                unchecked {
                    slot.word = word.withCounter(word.counterOf() - int112(uint112(amountFen)));
                }
                return;
            }
        }
        if (word.availableOf() < amountFen) {
            word = _requireAvailable(word, _accountOf(key), _pocketOf(key), amountFen);
        }
        slot.word = word.lessAvailable(amountFen);
    }

    /// @param key Account and pocket.
    /// @param sumFen What one or several postings bring; at most 2^64 of 10^13 fen.
    function _credit(uint256 key, uint256 sumFen, Purpose purpose) private {
        if (_accountOf(key) == address(0)) revert AccountUnknown(address(0));
        Slot storage slot = _balances[key];
        BalanceWord word = slot.word;
        if (word.has(FLAG_COUNTER)) {
            // Unchecked: as in _debit.
            unchecked {
                slot.word = word.withCounter(word.counterOf() + int112(uint112(sumFen)));
            }
            return;
        }
        if (word.has(FLAG_CLOSED)) revert PocketNotAllowed(_pocketOf(key), uint256(purpose));
        // Held counts too: whatever is released later fits without a check.
        uint256 total = uint256(word.availableOf()) + word.heldOf() + sumFen;
        if (total > type(uint64).max) revert AmountOverflow(total);
        slot.word = word.moreAvailable(uint64(sumFen));
    }

    /// @dev Returns the word of (account, pocket), read again if a lapsed transfer had to be
    /// swept for it.
    function _requireAvailable(
        BalanceWord word,
        address account,
        Pocket pocket,
        uint64 amountFen
    ) private returns (BalanceWord) {
        if (word.availableOf() >= amountFen) return word;
        if (pocket == Pocket.MEDICAL && word.heldOf() != 0 && _sweepTransfer(account)) {
            word = _balances[_key(account, pocket)].word;
            if (word.availableOf() >= amountFen) return word;
        }
        revert InsufficientBalance(account, pocket, word.availableOf(), amountFen);
    }

    function _placeHold(
        HoldId holdId,
        address account,
        Pocket pocket,
        uint64 amountFen,
        uint40 expiresAt,
        uint256 transferBit
    ) private {
        _requireAmount(amountFen);
        if (_holds[holdId].stateOf() != uint256(HoldState.NONE)) {
            revert AlreadyExists(HoldId.unwrap(holdId));
        }
        uint256 key = _key(account, pocket);
        BalanceWord word = _balances[key].word;
        if (word.has(FLAG_FROZEN)) revert AccountFrozen(account);
        if (word.has(ANY_FLAG)) revert PocketNotAllowed(pocket, uint256(Purpose.NONE));
        word = _requireAvailable(word, account, pocket, amountFen);

        _balances[key].word = word.holding(amountFen);
        _holds[holdId] = packHold(
            account, pocket, amountFen, expiresAt, uint256(HoldState.OPEN), transferBit
        );

        emit HoldPlaced(holdId, account, pocket, amountFen, expiresAt);
    }

    /// @dev A transfer's hold is out of reach by its id: it ends with the transfer only.
    function _requireOpen(HoldId holdId) private view returns (HoldWord word) {
        word = _holds[holdId];
        uint256 state = word.stateOf();
        if (state == uint256(HoldState.NONE) || word.isTransfer()) revert HoldUnknown(holdId);
        if (state != uint256(HoldState.OPEN)) revert HoldEnded(holdId);
    }

    /// @dev Pays an open, unlapsed hold of at least `amountFen` and releases its rest.
    function _payHold(
        HoldId holdId,
        HoldWord word,
        Purpose purpose,
        address to,
        Pocket toPocket,
        uint64 amountFen
    ) private {
        address account = word.accountOf();
        Pocket pocket = word.pocketOf();
        _requireRoute(_routesOf(purpose), uint256(pocket), uint256(toPocket), purpose);
        uint256 key = _key(account, pocket);
        uint256 toKey = _key(to, toPocket);
        BalanceWord balance = _balances[key].word;
        if (balance.has(FLAG_FROZEN)) revert AccountFrozen(account);

        _balances[key].word = balance.releasing(word.amountOf(), amountFen);
        _holds[holdId] = word.withState(uint256(HoldState.POSTED));
        _credit(toKey, amountFen, purpose);

        _emitTransfer(key, toKey, amountFen);
        emit HoldFinished(holdId, HoldState.POSTED, amountFen);
    }

    /// @dev Gives an open hold back whole. A frozen account gets its money back as well.
    function _releaseHold(HoldId holdId, HoldWord word, HoldState state) private {
        uint256 key = _key(word.accountOf(), word.pocketOf());
        _balances[key].word = _balances[key].word.releasing(word.amountOf(), 0);
        _holds[holdId] = word.withState(uint256(state));
        emit HoldFinished(holdId, state, 0);
    }

    /// @dev Returns a lapsed transfer, if there is one.
    function _sweepTransfer(address sender) private returns (bool returned) {
        TransferRecord memory record = _transfers[sender];
        if (record.amountFen == 0 || block.timestamp < record.returnsAt) return false;

        HoldId holdId = _transferHoldId(sender, record.day, record.sentToday);
        _transfers[sender].amountFen = 0;
        _releaseHold(holdId, _holds[holdId], HoldState.EXPIRED);

        emit TransferPendingCleared(sender);
        emit TransferReturned(sender, record.receiver, record.amountFen);
        return true;
    }

    /// @dev Makes one pocket of a new counter the counter itself, or closes it.
    function _openCounterPocket(address account, Pocket pocket, Pocket own) private {
        uint256 key = _key(account, pocket);
        BalanceWord word = _balances[key].word;
        uint64 valueFen = word.availableOf();
        bool used = pocket != own && (valueFen != 0 || word.heldOf() != 0);
        if (used || word.has(FLAG_COUNTER | FLAG_CLOSED)) {
            revert AlreadyExists(bytes32(uint256(uint160(account))));
        }
        if (pocket == own) {
            word = word.lessAvailable(valueFen).withCounter(int112(uint112(valueFen)));
            _balances[key].word = word.withFlag(FLAG_COUNTER, true);
        } else {
            _balances[key].word = word.withFlag(FLAG_CLOSED, true);
        }
    }

    /// @dev Both keys are account and pocket; the pocket is the ERC-6909 id.
    function _emitTransfer(uint256 fromKey, uint256 toKey, uint64 amountFen) private {
        uint256 id = toKey >> 160;
        if (fromKey >> 160 == id) {
            emit Transfer(msg.sender, _accountOf(fromKey), _accountOf(toKey), id, amountFen);
        } else {
            emit Transfer(msg.sender, _accountOf(fromKey), address(0), fromKey >> 160, amountFen);
            emit Transfer(msg.sender, address(0), _accountOf(toKey), id, amountFen);
        }
    }
}
