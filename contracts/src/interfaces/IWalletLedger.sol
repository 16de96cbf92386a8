// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IERC6909 } from "@openzeppelin/contracts/interfaces/IERC6909.sol";
import { Entry } from "../types/Entries.sol";
import { HoldId } from "../types/Ids.sol";
import { Pocket, Purpose } from "../types/Money.sol";

/// @title The ledger: {available, held} per account and pocket in packed slots, postings, holds.
/// @notice Σ balances + Σ counters = 0 for money (CASH and MEDICAL together) and for POINTS by
/// itself, always.
/// @notice Reads and events follow ERC-6909 (id = pocket): `balanceOf` is what is available. A
/// hold lowers it without a Transfer event; `HoldPlaced` and `HoldFinished` tell. The four
/// mutators of ERC-6909 revert `UseIntent`.
/// @notice A posting inside one pocket emits one Transfer; one that changes pocket emits a burn
/// and a mint (Transfer to and from the zero address). Each `move`, `postHold` and
/// `acceptTransfer` ends with one `Moved`.
/// @notice What the ledger enforces itself, whatever a rule module asks for: conservation;
/// nothing below zero but counters; POINTS and money never mix; MEDICAL is filled only for
/// PREMIUM, PREMIUM_REFUND, TRANSFER_ACCEPTED, CLAIM_REVERSAL, CORRECTION and GRANT, and spent
/// only for PREMIUM, PREMIUM_REFUND, TRANSFER_ACCEPTED, CLAIM, CLAIM_REVERSAL and CORRECTION; a
/// frozen account receives and does not spend; a hold ends once.
/// @dev Every state-changing function is restricted to rule modules. Funds and technical
/// accounts are accounts like any other: a module that wants `FundInsufficient` compares with
/// `balanceOf` first (the slot is warm afterwards).
interface IWalletLedger is IERC6909 {
    enum HoldState {
        NONE,
        OPEN,
        POSTED,
        VOIDED,
        EXPIRED
    }

    struct Hold {
        address account;
        Pocket pocket;
        HoldState state;
        uint64 amountFen;
        uint40 expiresAt;
    }

    /// @dev One wallet transfer on its way; `amountFen` zero = none.
    struct PendingTransfer {
        address receiver;
        uint64 amountFen;
        uint40 returnsAt;
    }

    event Moved(bytes32 indexed ref, Purpose purpose, uint256 postings);
    event HoldPlaced(
        HoldId indexed holdId,
        address indexed account,
        Pocket pocket,
        uint64 amountFen,
        uint40 expiresAt
    );
    event HoldFinished(HoldId indexed holdId, HoldState state, uint64 postedFen);
    event AccountFreezeSet(address indexed account, bool frozen, bytes32 reasonCode);
    /// @notice From now on the account is a signed counter that starts at `valueFen`.
    event CounterOpened(address indexed account, Pocket pocket, uint64 valueFen);
    /// @notice A transfer is on its way; the HoldPlaced just before it names its hold.
    event TransferPendingSet(
        address indexed sender,
        address indexed receiver,
        uint64 amountFen,
        uint40 returnsAt,
        int32 day,
        uint8 sentToday
    );
    /// @notice The sender has no pending transfer any more: accepted, or returned (then
    /// TransferReturned follows).
    event TransferPendingCleared(address indexed sender);
    /// @notice A lapsed transfer went back to its sender, by a sweep or by the sender's next
    /// spend.
    event TransferReturned(address indexed sender, address indexed receiver, uint64 amountFen);

    /// @notice Applies all postings, in order, or none. Each debit entry is one posting, to the
    /// receiver that the last credit entry before it names; a receiver gets the sum of its debits
    /// after the last of them.
    /// @param ref What it belongs to: the intent's digest, or a subject id for sweeps.
    /// @param entries See `Entry`; `PostingLists` builds them.
    /// @dev Reverts `InvalidAmount` (zero or over 10^13), `InsufficientBalance`, `AccountFrozen`
    /// (payer; a CORRECTION passes, so that frozen money can be put right by two people),
    /// `PocketNotAllowed` (see above, and pockets of a counter other than its own),
    /// `AmountOverflow` (over 2^56 − 1 in one pocket), `AccountUnknown` (zero receiver). A payer
    /// of MEDICAL money whose pending transfer has lapsed gets it back first, if it is needed.
    function move(bytes32 ref, Purpose purpose, Entry[] calldata entries) external;

    /// @notice Moves `amountFen` from available to held. Reverts as `move`, and `AlreadyExists`
    /// for a used id.
    function hold(
        HoldId holdId,
        address account,
        Pocket pocket,
        uint64 amountFen,
        uint40 expiresAt
    ) external;

    /// @notice Pays `amountFen` (at most the hold) out of a hold to `to`; the rest is released;
    /// the hold is POSTED.
    /// @dev Reverts `HoldUnknown`, `HoldEnded` (also when lapsed), `InvalidAmount`,
    /// `PocketNotAllowed`, and `AccountFrozen`: a hold placed before its account was frozen can
    /// be voided or expired, never posted.
    function postHold(
        HoldId holdId,
        bytes32 ref,
        Purpose purpose,
        address to,
        Pocket toPocket,
        uint64 amountFen
    ) external;

    /// @notice Releases a hold whole, lapsed or not. Reverts `HoldUnknown`, `HoldEnded`.
    function voidHold(HoldId holdId) external;

    /// @notice Releases a lapsed hold, once. Reverts `HoldUnknown`, `HoldEnded`,
    /// `HoldNotLapsed`.
    function expireHold(HoldId holdId) external;

    /// @notice Uses up a channel's notice; money of one notice enters once. Reverts
    /// `NoticeUsed`.
    /// @dev Notices of two channels never collide, so no channel can spoil another's.
    function useNotice(address channel, bytes32 noticeHash) external;

    /// @notice A frozen account receives and cannot spend.
    function setFrozen(address account, bool frozen, bytes32 reasonCode) external;

    /// @notice Makes an account a signed counter in CASH (EXTERNAL) or POINTS (issuer), for
    /// ever.
    /// @dev What is available in that pocket becomes the counter's first value, so that nobody
    /// can prevent the opening by paying in. The other pockets are closed. Reverts
    /// `PocketNotAllowed` (MEDICAL), `AlreadyExists` (a counter already, or something held or in
    /// another pocket).
    function openCounter(address account, Pocket pocket) external;

    /// @notice Holds `pending.amountFen` of the sender's MEDICAL money until it is accepted or
    /// lapses at `pending.returnsAt`, and counts the transfer on `day`. The hold is out of reach
    /// of the hold functions.
    /// @dev Reverts as `hold`, `TransferPending`, and `AccountUnknown` (zero receiver).
    function placeTransfer(address sender, PendingTransfer calldata pending, int32 day) external;

    /// @notice Pays the pending transfer to its receiver. Reverts `TransferUnknown` (none, or
    /// lapsed), `AccountFrozen`.
    function acceptTransfer(address sender, bytes32 ref) external;

    /// @notice Gives a lapsed transfer back to its sender; without one nothing happens. The
    /// day's count stays.
    function returnTransfer(address sender) external returns (bool returned);

    /// @notice Held fen.
    function heldOf(address account, Pocket pocket) external view returns (uint256);

    /// @notice What the account could spend now: available, plus a lapsed transfer of its own
    /// that nobody has swept.
    /// @dev Ignores a freeze. Rule modules split by this, not by `balanceOf`; `move` and `hold`
    /// sweep by themselves.
    function spendableOf(address account, Pocket pocket) external view returns (uint64);

    /// @notice Value of a signed counter, 0 for other accounts.
    function counterOf(address account) external view returns (int256);

    /// @notice Whether the account is a signed counter.
    function isCounter(address account) external view returns (bool);

    /// @notice Available fen in CASH, MEDICAL and POINTS and held likewise, in one read.
    function balancesOf(address account)
        external
        view
        returns (uint64[3] memory available, uint64[3] memory held);

    /// @notice Whether the account is frozen.
    function isFrozen(address account) external view returns (bool);

    /// @notice Whether money of this notice has entered.
    function isNoticeUsed(address channel, bytes32 noticeHash) external view returns (bool);

    /// @notice The hold; state NONE if unknown. A lapsed hold still shows OPEN until it is
    /// expired by a call.
    function holdOf(HoldId holdId) external view returns (Hold memory);

    /// @notice The pending transfer as stored (one past its `returnsAt` has lapsed) and how many
    /// were sent on `day`.
    function transferStateOf(
        address sender,
        int32 day
    ) external view returns (PendingTransfer memory pending, uint8 sentToday);
}
