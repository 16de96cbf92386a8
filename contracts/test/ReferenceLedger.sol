// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    AccountFrozen,
    AccountUnknown,
    AlreadyExists,
    HoldEnded,
    HoldNotLapsed,
    HoldUnknown,
    InsufficientBalance,
    InvalidAmount,
    NoticeUsed,
    PocketNotAllowed,
    TransferPending,
    TransferUnknown
} from "../src/types/Errors.sol";
import { HoldId } from "../src/types/Ids.sol";
import { Pocket, Posting, Purpose } from "../src/types/Money.sol";

/// @title The ledger once more, in the plainest way: one integer per fact, no packing, no
/// shortcuts.
/// @dev The invariant test compares answers and errors with the real one after every call.
contract ReferenceLedger {
    struct PlainHold {
        address account;
        Pocket pocket;
        uint256 amountFen;
        uint256 expiresAt;
        uint256 state;
    }

    struct PlainTransfer {
        address receiver;
        uint256 amountFen;
        uint256 returnsAt;
        int256 day;
        uint256 sentToday;
    }

    mapping(address => mapping(Pocket => int256)) public available;
    mapping(address => mapping(Pocket => int256)) public held;
    mapping(address => bool) public isCounter;
    mapping(address => Pocket) public counterPocket;
    mapping(address => bool) public isFrozen;
    mapping(HoldId => PlainHold) public holds;
    mapping(address => PlainTransfer) public transfers;
    mapping(address => mapping(bytes32 => bool)) public notices;

    /// @dev What one receiver gets by postings in a row arrives after the last of them; a
    /// receiver that pays gets it before.
    function move(Purpose purpose, Posting[] calldata postings) external {
        uint256 sumFen = 0;
        for (uint256 i = 0; i < postings.length; ++i) {
            Posting calldata p = postings[i];
            if (i > 0 && !_continues(postings[i - 1], p)) {
                _receive(postings[i - 1].to, postings[i - 1].toPocket, sumFen, purpose);
                sumFen = 0;
            }
            _amount(p.amountFen, 10 ** 13);
            _route(p.fromPocket, p.toPocket, purpose);
            if (isFrozen[p.from] && purpose != Purpose.CORRECTION) revert AccountFrozen(p.from);
            _need(p.from, p.fromPocket, p.amountFen);
            available[p.from][p.fromPocket] -= int256(uint256(p.amountFen));
            sumFen += p.amountFen;
        }
        if (sumFen == 0) return;
        Posting calldata last = postings[postings.length - 1];
        _receive(last.to, last.toPocket, sumFen, purpose);
    }

    function hold(
        HoldId id,
        address account,
        Pocket pocket,
        uint64 amountFen,
        uint40 expiresAt
    ) public {
        _amount(amountFen, 10 ** 13);
        if (holds[id].state != 0) revert AlreadyExists(HoldId.unwrap(id));
        if (isFrozen[account]) revert AccountFrozen(account);
        if (isCounter[account]) revert PocketNotAllowed(pocket, 0);
        _need(account, pocket, amountFen);
        available[account][pocket] -= int256(uint256(amountFen));
        held[account][pocket] += int256(uint256(amountFen));
        holds[id] = PlainHold(account, pocket, amountFen, expiresAt, 1);
    }

    function postHold(
        HoldId id,
        Purpose purpose,
        address to,
        Pocket toPocket,
        uint64 amountFen
    ) external {
        PlainHold memory one = holds[id];
        if (one.state == 0) revert HoldUnknown(id);
        if (one.state != 1 || block.timestamp >= one.expiresAt) revert HoldEnded(id);
        _amount(amountFen, one.amountFen);
        _pay(id, purpose, to, toPocket, amountFen);
    }

    function voidHold(HoldId id) external {
        if (holds[id].state == 0) revert HoldUnknown(id);
        if (holds[id].state != 1) revert HoldEnded(id);
        _release(id, 3);
    }

    function expireHold(HoldId id) external {
        if (holds[id].state == 0) revert HoldUnknown(id);
        if (holds[id].state != 1) revert HoldEnded(id);
        if (block.timestamp < holds[id].expiresAt) revert HoldNotLapsed(id);
        _release(id, 4);
    }

    function placeTransfer(
        address sender,
        address receiver,
        uint64 amountFen,
        uint40 returnsAt,
        int32 day
    ) external {
        returnTransfer(sender);
        PlainTransfer storage one = transfers[sender];
        if (one.amountFen != 0) revert TransferPending(sender);
        uint256 sentToday = one.day == day ? one.sentToday + 1 : 1;
        HoldId id = transferId(sender, day, sentToday);
        hold(id, sender, Pocket.MEDICAL, amountFen, returnsAt);
        transfers[sender] = PlainTransfer(receiver, amountFen, returnsAt, day, sentToday);
    }

    function acceptTransfer(address sender) external {
        PlainTransfer storage one = transfers[sender];
        if (one.amountFen == 0 || block.timestamp >= one.returnsAt) {
            revert TransferUnknown(sender);
        }
        HoldId id = transferId(sender, one.day, one.sentToday);
        _pay(id, Purpose.TRANSFER_ACCEPTED, one.receiver, Pocket.MEDICAL, one.amountFen);
        one.amountFen = 0;
    }

    function returnTransfer(address sender) public {
        PlainTransfer storage one = transfers[sender];
        if (one.amountFen == 0 || block.timestamp < one.returnsAt) return;
        _release(transferId(sender, one.day, one.sentToday), 4);
        one.amountFen = 0;
    }

    function setFrozen(address account, bool frozen) external {
        isFrozen[account] = frozen;
    }

    function useNotice(address channel, bytes32 noticeHash) external {
        if (notices[channel][noticeHash]) revert NoticeUsed(noticeHash);
        notices[channel][noticeHash] = true;
    }

    function openCounter(address account, Pocket pocket) external {
        if (pocket == Pocket.MEDICAL) revert PocketNotAllowed(pocket, 0);
        bool used = isCounter[account] || held[account][pocket] != 0;
        for (uint256 i = 0; i < 3; ++i) {
            if (Pocket(i) == pocket) continue;
            used = used || available[account][Pocket(i)] != 0 || held[account][Pocket(i)] != 0;
        }
        if (used) revert AlreadyExists(bytes32(uint256(uint160(account))));
        isCounter[account] = true;
        counterPocket[account] = pocket;
    }

    function transferId(
        address sender,
        int256 day,
        uint256 ordinal
    ) public pure returns (HoldId) {
        return HoldId.wrap(keccak256(abi.encode(sender, day, ordinal)));
    }

    function _amount(uint256 amountFen, uint256 most) private pure {
        if (amountFen < 1 || amountFen > most) revert InvalidAmount(amountFen);
    }

    function _route(Pocket from, Pocket to, Purpose p) private pure {
        bool mixed = (from == Pocket.POINTS && to != Pocket.POINTS)
            || (from != Pocket.POINTS && to == Pocket.POINTS);
        bool undo = p == Purpose.PREMIUM || p == Purpose.PREMIUM_REFUND
            || p == Purpose.TRANSFER_ACCEPTED || p == Purpose.CLAIM_REVERSAL
            || p == Purpose.CORRECTION;
        bool filled = to == Pocket.MEDICAL && !(undo || p == Purpose.GRANT);
        bool spent = from == Pocket.MEDICAL && !(undo || p == Purpose.CLAIM);
        if (mixed || filled) revert PocketNotAllowed(to, uint256(p));
        if (spent) revert PocketNotAllowed(from, uint256(p));
    }

    function _continues(
        Posting calldata one,
        Posting calldata next
    ) private pure returns (bool) {
        bool pays = next.from == next.to && next.fromPocket == next.toPocket;
        return next.to == one.to && next.toPocket == one.toPocket && !pays;
    }

    /// @dev A counter in its own pocket can always pay; anybody else needs it available.
    function _need(address account, Pocket pocket, uint256 amountFen) private {
        if (isCounter[account] && counterPocket[account] == pocket) return;
        if (available[account][pocket] < int256(amountFen) && pocket == Pocket.MEDICAL) {
            returnTransfer(account);
        }
        int256 has = available[account][pocket];
        if (has < int256(amountFen)) {
            revert InsufficientBalance(account, pocket, uint256(has), amountFen);
        }
    }

    function _receive(address to, Pocket pocket, uint256 amountFen, Purpose purpose) private {
        if (to == address(0)) revert AccountUnknown(to);
        if (isCounter[to] && counterPocket[to] != pocket) {
            revert PocketNotAllowed(pocket, uint256(purpose));
        }
        available[to][pocket] += int256(amountFen);
    }

    function _pay(
        HoldId id,
        Purpose purpose,
        address to,
        Pocket toPocket,
        uint256 amountFen
    ) private {
        PlainHold memory one = holds[id];
        _route(one.pocket, toPocket, purpose);
        if (isFrozen[one.account]) revert AccountFrozen(one.account);
        _release(id, 2);
        available[one.account][one.pocket] -= int256(amountFen);
        _receive(to, toPocket, amountFen, purpose);
    }

    function _release(HoldId id, uint256 state) private {
        PlainHold storage one = holds[id];
        held[one.account][one.pocket] -= int256(one.amountFen);
        available[one.account][one.pocket] += int256(one.amountFen);
        one.state = state;
    }
}
