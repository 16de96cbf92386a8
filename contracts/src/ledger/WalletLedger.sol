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
    MAX_BALANCE,
    POINTS_KEY,
    TRANSFER_BIT,
    packHold,
    shiftOf,
    slotKeyOf
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
        uint256 receiver = 0;
        uint256 sumFen = 0;
        uint256 postings = 0;
        // Unchecked: 2^64 entries of 2^64 fen would not fit a transaction. The loop is bounded by
        // the calldata the rule module builds; a failure in the middle undoes all.
        unchecked {
            for (uint256 i = 0; i < entries.length; ++i) {
                Entry entry = entries[i];
                if (entry.isCredit()) {
                    if (sumFen != 0) _credit(receiver, sumFen, purpose);
                    (receiver, sumFen) = (entry.keyOf(), 0);
                    continue;
                }
                uint256 payer = entry.keyOf();
                uint256 amountFen = entry.amountOf();
                _requireAmount(amountFen);
                _requireRoute(routes, payer, receiver, purpose);
                _debit(payer, amountFen, purpose);
                _emitTransfer(payer, receiver, amountFen);
                sumFen += amountFen;
                ++postings;
            }
        }
        if (sumFen != 0) _credit(receiver, sumFen, purpose);
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
        // The flag sits in both slots, so that a spend needs no second one to see it.
        uint256 money = _key(account, Pocket.CASH);
        uint256 points = _key(account, Pocket.POINTS);
        _balances[money].word = _balances[money].word.withFlag(FLAG_FROZEN, frozen);
        _balances[points].word = _balances[points].word.withFlag(FLAG_FROZEN, frozen);
        emit AccountFreezeSet(account, frozen, reasonCode);
    }

    /// @inheritdoc IWalletLedger
    function openCounter(address account, Pocket pocket) external restricted {
        if (pocket == Pocket.MEDICAL) revert PocketNotAllowed(pocket, uint256(Purpose.NONE));
        uint256 key = _key(account, pocket);
        uint256 otherKey = key ^ POINTS_KEY;
        BalanceWord own = _balances[key].word;
        BalanceWord other = _balances[otherKey].word;
        uint64 valueFen = uint64(own.availableAt(0));
        bool used = own.balancesOf() != valueFen || other.balancesOf() != 0;
        if (used || own.has(FLAG_COUNTER | FLAG_CLOSED)) {
            revert AlreadyExists(bytes32(uint256(uint160(account))));
        }

        own = own.withCounter(int112(uint112(valueFen)));
        _balances[key].word = own.withFlag(FLAG_COUNTER, true);
        _balances[otherKey].word = other.withFlag(FLAG_CLOSED, true);

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

    function _requireAmount(uint256 amountFen) private pure {
        // Unchecked: nothing wraps round to more than any amount.
        unchecked {
            if (amountFen - 1 >= MAX_AMOUNT_FEN) revert InvalidAmount(amountFen);
        }
    }

    /// @dev The ways open to a purpose. Points and money never mix.
    function _routesOf(Purpose purpose) private pure returns (uint256 routes) {
        uint256 bit = 1 << uint256(purpose);
        routes = CASH_TO_CASH | POINTS_TO_POINTS;
        if (INTO_MEDICAL & bit != 0) routes |= CASH_TO_MEDICAL;
        if (OUT_OF_MEDICAL & bit != 0) routes |= MEDICAL_TO_CASH;
        if (INTO_MEDICAL & OUT_OF_MEDICAL & bit != 0) routes |= MEDICAL_TO_MEDICAL;
    }

    /// @dev Of two keys the pockets matter; the number 3 beyond the enum has no way.
    function _requireRoute(
        uint256 routes,
        uint256 fromKey,
        uint256 toKey,
        Purpose purpose
    ) private pure {
        if ((routes >> ((fromKey >> 160 << 2) | (toKey >> 160))) & 1 != 0) {
            return;
        }
        (Pocket from, Pocket to) = (_pocketOf(fromKey), _pocketOf(toKey));
        // The pocket that refuses: MEDICAL that may not be spent, else the one to be filled.
        bool fills = to != Pocket.MEDICAL || routes & CASH_TO_MEDICAL != 0;
        bool spends = from == Pocket.MEDICAL && to != Pocket.POINTS;
        revert PocketNotAllowed(fills && spends ? from : to, uint256(purpose));
    }

    /// @param key Account and pocket.
    function _debit(uint256 key, uint256 amountFen, Purpose purpose) private {
        Slot storage slot = _balances[slotKeyOf(key)];
        uint256 shift = shiftOf(key);
        BalanceWord word = slot.word;
        if (word.has(ANY_FLAG)) {
            if (word.has(FLAG_FROZEN) && purpose != Purpose.CORRECTION) {
                revert AccountFrozen(_accountOf(key));
            }
            // The other pocket of its slot is closed: always empty, so what follows refuses.
            if (word.has(FLAG_COUNTER) && shift == 0) {
                // Unchecked: 2^111 fen would take more than 10^20 postings of 10^13 fen.
                unchecked {
                    slot.word = word.withCounter(word.counterOf() - int112(uint112(amountFen)));
                }
                return;
            }
        }
        if (word.availableAt(shift) < amountFen) word = _requireAvailable(word, key, amountFen);
        slot.word = word.lessAvailable(shift, amountFen);
    }

    /// @param key Account and pocket.
    /// @param sumFen What one or several postings bring; at most 2^64 of 10^13 fen.
    function _credit(uint256 key, uint256 sumFen, Purpose purpose) private {
        if (_accountOf(key) == address(0)) revert AccountUnknown(address(0));
        Slot storage slot = _balances[slotKeyOf(key)];
        uint256 shift = shiftOf(key);
        BalanceWord word = slot.word;
        if (word.has(FLAG_COUNTER | FLAG_CLOSED)) {
            if (word.has(FLAG_CLOSED) || shift != 0) {
                revert PocketNotAllowed(_pocketOf(key), uint256(purpose));
            }
            // Unchecked: as in _debit.
            unchecked {
                slot.word = word.withCounter(word.counterOf() + int112(uint112(sumFen)));
            }
            return;
        }
        // Held counts too: whatever is released later fits without a check. Unchecked: the sum of
        // two fields of 56 bits and of a sum far below 2^128.
        unchecked {
            uint256 total = word.availableAt(shift) + word.heldAt(shift) + sumFen;
            if (total > MAX_BALANCE) revert AmountOverflow(total);
        }
        slot.word = word.moreAvailable(shift, sumFen);
    }

    /// @dev Returns the word of a pocket, read again if a lapsed transfer had to be swept for it.
    /// @param key Account and pocket.
    function _requireAvailable(
        BalanceWord word,
        uint256 key,
        uint256 amountFen
    ) private returns (BalanceWord) {
        uint256 shift = shiftOf(key);
        if (word.availableAt(shift) >= amountFen) return word;
        address account = _accountOf(key);
        bool isMedical = _pocketOf(key) == Pocket.MEDICAL;
        if (isMedical && word.heldAt(shift) != 0 && _sweepTransfer(account)) {
            word = _balances[slotKeyOf(key)].word;
            if (word.availableAt(shift) >= amountFen) return word;
        }
        revert InsufficientBalance(account, _pocketOf(key), word.availableAt(shift), amountFen);
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
        Slot storage slot = _balances[slotKeyOf(key)];
        BalanceWord word = slot.word;
        if (word.has(FLAG_FROZEN)) revert AccountFrozen(account);
        if (word.has(ANY_FLAG)) revert PocketNotAllowed(pocket, uint256(Purpose.NONE));
        word = _requireAvailable(word, key, amountFen);

        slot.word = word.holding(shiftOf(key), amountFen);
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
        uint256 key = _key(account, pocket);
        uint256 toKey = _key(to, toPocket);
        _requireRoute(_routesOf(purpose), key, toKey, purpose);
        Slot storage slot = _balances[slotKeyOf(key)];
        BalanceWord balance = slot.word;
        if (balance.has(FLAG_FROZEN)) revert AccountFrozen(account);

        slot.word = balance.releasing(shiftOf(key), word.amountOf(), amountFen);
        _holds[holdId] = word.withState(uint256(HoldState.POSTED));
        _credit(toKey, amountFen, purpose);

        _emitTransfer(key, toKey, amountFen);
        emit HoldFinished(holdId, HoldState.POSTED, amountFen);
    }

    /// @dev Gives an open hold back whole. A frozen account gets its money back as well.
    function _releaseHold(HoldId holdId, HoldWord word, HoldState state) private {
        uint256 key = _key(word.accountOf(), word.pocketOf());
        Slot storage slot = _balances[slotKeyOf(key)];
        slot.word = slot.word.releasing(shiftOf(key), word.amountOf(), 0);
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

    /// @dev Both keys are account and pocket; the pocket is the ERC-6909 id.
    function _emitTransfer(uint256 fromKey, uint256 toKey, uint256 amountFen) private {
        uint256 id = toKey >> 160;
        if (fromKey >> 160 == id) {
            emit Transfer(msg.sender, _accountOf(fromKey), _accountOf(toKey), id, amountFen);
            return;
        }
        emit Transfer(msg.sender, _accountOf(fromKey), address(0), fromKey >> 160, amountFen);
        emit Transfer(msg.sender, address(0), _accountOf(toKey), id, amountFen);
    }
}
