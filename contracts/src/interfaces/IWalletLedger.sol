// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { HoldId } from "../types/Ids.sol";
import { Pocket, Posting, Purpose } from "../types/Money.sol";

/// @title The ledger: one packed slot {available, held} per account and pocket, balanced postings, holds.
/// @notice Σ balances + Σ counters = 0 for money (CASH and MEDICAL together) and for POINTS by itself, always.
/// Reads and events follow ERC-6909 (id = pocket); its mutators revert `UseIntent`.
/// A posting inside one pocket emits one ERC-6909 Transfer; one that changes pocket emits a burn and a mint
/// (Transfer to and from the zero address). Each call of `move` or `postHold` ends with one `Moved`.
interface IWalletLedger {
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

    event Moved(bytes32 indexed ref, Purpose indexed purpose, uint256 postings);
    event HoldPlaced(
        HoldId indexed holdId, address indexed account, Pocket pocket, uint64 amountFen, uint40 expiresAt
    );
    event HoldFinished(HoldId indexed holdId, HoldState state, uint64 postedFen);
    event AccountFreezeSet(address indexed account, bool frozen, bytes32 reasonCode);
    event CounterOpened(address indexed account, Pocket pocket);
    event TransferPendingSet(
        address indexed sender, address indexed receiver, uint64 amountFen, uint40 returnsAt, uint32 day, uint8 sentToday
    );
    event TransferPendingCleared(address indexed sender);

    /// @notice Applies all postings or none. Restricted to rule modules.
    /// @param ref What it belongs to: the intent's digest, or a subject id for sweeps.
    /// @dev Reverts `InvalidAmount` (zero or over 10^13), `InsufficientBalance`, `AccountFrozen` (sender),
    /// `PocketNotAllowed` (points against money), `AmountOverflow`.
    function move(bytes32 ref, Purpose purpose, Posting[] calldata postings) external;

    /// @notice Moves `amountFen` from available to held. Reverts as `move`, and `AlreadyExists` for a used id.
    function hold(HoldId holdId, address account, Pocket pocket, uint64 amountFen, uint40 expiresAt) external;

    /// @notice Pays `amountFen` (at most the hold) out of a hold to `to`; the rest is released; the hold is POSTED.
    /// @dev Reverts `HoldUnknown`, `HoldEnded` (also when lapsed), `InvalidAmount`.
    function postHold(HoldId holdId, bytes32 ref, Purpose purpose, address to, Pocket toPocket, uint64 amountFen)
        external;

    /// @notice Releases a hold whole. Reverts `HoldUnknown`, `HoldEnded`.
    function voidHold(HoldId holdId) external;

    /// @notice Releases a lapsed hold; open to rule modules and effective once. Reverts `HoldUnknown`, `HoldEnded`,
    /// `HoldNotLapsed`.
    function expireHold(HoldId holdId) external;

    /// @notice Uses up a channel's notice; money of one notice enters once. Reverts `NoticeUsed`.
    function useNotice(bytes32 noticeHash) external;

    /// @notice A frozen account receives and cannot spend.
    function setFrozen(address account, bool frozen, bytes32 reasonCode) external;

    /// @notice Makes an unused account a signed counter (EXTERNAL, points issuer). Reverts `AlreadyExists`.
    function openCounter(address account, Pocket pocket) external;

    /// @notice Stores the one pending transfer of a sender and counts the day's transfers.
    function setPendingTransfer(address sender, PendingTransfer calldata pending, uint32 day, uint8 sentToday) external;

    /// @notice Clears the pending transfer of a sender; the day's count stays.
    function clearPendingTransfer(address sender) external;

    /// @notice Available fen of an account in a pocket (ERC-6909 id); 0 for counters.
    function balanceOf(address account, uint256 id) external view returns (uint256);

    /// @notice Held fen.
    function heldOf(address account, Pocket pocket) external view returns (uint256);

    /// @notice Value of a signed counter, 0 for other accounts.
    function counterOf(address account) external view returns (int256);

    /// @notice Available fen in CASH, MEDICAL and POINTS and held likewise, in one read.
    function balancesOf(address account) external view returns (uint64[3] memory available, uint64[3] memory held);

    function isFrozen(address account) external view returns (bool);

    /// @notice The hold; state NONE if unknown. A lapsed hold still shows OPEN until it is expired by a call.
    function holdOf(HoldId holdId) external view returns (Hold memory);

    /// @notice The pending transfer and how many were sent on `day`.
    function transferStateOf(address sender, uint32 day)
        external
        view
        returns (PendingTransfer memory pending, uint8 sentToday);

    /// @notice Closed ERC-6909 mutators: always revert `UseIntent()`.
    function transfer(address receiver, uint256 id, uint256 amount) external returns (bool);
    function transferFrom(address sender, address receiver, uint256 id, uint256 amount) external returns (bool);
    function approve(address spender, uint256 id, uint256 amount) external returns (bool);
    function setOperator(address operator, bool approved) external returns (bool);
}
