// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Posting } from "../types/Money.sol";
import {
    AcceptTransfer,
    Deposit,
    FreezeAccount,
    TransferFund,
    TransferMedical,
    Withdraw
} from "../types/Intents.sol";

/// @title Deposits, withdrawals, wallet transfers with their limits, fund transfers,
/// corrections. Holds no state.
/// @dev The router has verified the actor's signature; who the actor is in the registries is
/// checked here. Amounts and balances are checked by the ledger: besides the reverts named
/// below, `InvalidAmount`, `InsufficientBalance`, `AccountFrozen` and `AmountOverflow` of
/// IWalletLedger can come from every function that moves money.
/// A returned transfer is told by `IWalletLedger.TransferReturned`, since spending sweeps as
/// well.
interface IWalletOperations {
    event Deposited(
        bytes32 indexed digest,
        address indexed account,
        address indexed channel,
        uint8 pocket,
        uint64 amountFen,
        bytes32 noticeHash
    );
    event Withdrawn(
        bytes32 indexed digest,
        address indexed member,
        address indexed channel,
        uint64 amountFen,
        bytes32 destinationHash
    );
    event TransferSent(
        bytes32 indexed digest,
        address indexed sender,
        address indexed receiver,
        uint64 amountFen,
        uint40 returnsAt
    );
    event TransferAccepted(
        bytes32 indexed digest,
        address indexed sender,
        address indexed receiver,
        uint64 amountFen
    );
    /// @dev `to` is a fund, or the member of a grant.
    event FundTransferred(
        bytes32 indexed digest,
        address indexed from,
        address indexed to,
        uint64 amountFen,
        bytes32 reasonCode
    );
    event AccountFrozenSet(
        bytes32 indexed digest, address indexed account, bool frozen, bytes32 reasonCode
    );
    event Corrected(bytes32 indexed actionId, bytes32 indexed correctedRef, uint256 postings);

    /// @notice A CHANNEL brings CASH in from its EXTERNAL counter: to a member with an open
    /// wallet, a registered organisation, or a derived account (a fund, suspense). A notice
    /// works once per channel.
    /// @dev Reverts `RoleMissing` (not an active channel), `PocketNotAllowed` (not CASH, or to a
    /// counter), `MemberUnknown`, `WalletNotOpen`, `ProviderUnknown`, `AccountUnknown` (no such
    /// kind of id), `NoticeUsed`.
    function deposit(address actor, bytes32 digest, Deposit calldata body) external;

    /// @notice A member takes CASH out through an active channel. Reverts `WalletNotOpen`,
    /// `RoleMissing`.
    function withdraw(address actor, bytes32 digest, Withdraw calldata body) external;

    /// @notice Sends MEDICAL money to a near relative: at most 3 a policy day, 200,000 fen each,
    /// none in 22:00:00–05:59:59, one unaccepted at a time. The sum is held until accepted or
    /// the next 06:00:00.
    /// @dev Reverts, in this order, `WalletNotOpen`, `NotNearRelative` (no link in either
    /// direction), `TransferTooLarge`, `TransferClosedHours`, `TransferPending`,
    /// `TransferDailyLimit`. A lapsed transfer is returned first and still counts as one of its
    /// day's three.
    function transfer(address actor, bytes32 digest, TransferMedical calldata body) external;

    /// @notice The receiver accepts, at any hour before it lapses. Reverts `TransferUnknown`
    /// (none, lapsed, of another amount or to somebody else).
    function acceptTransfer(address actor, bytes32 digest, AcceptTransfer calldata body) external;

    /// @notice Sweep: returns a lapsed transfer to its sender. Open to everybody; no effect
    /// twice.
    /// @return returned Whether something was returned by this call.
    function returnTransfer(address sender) external returns (bool returned);

    /// @notice An INSURER moves money of its own region: from POOLED to BIG_ILLNESS, or a
    /// retiree's monthly grant from POOLED to the MEDICAL pocket of a member with an open
    /// wallet.
    /// @dev Reverts `RoleMissing`, `NotOwner` (another region), `PocketNotAllowed` (any other
    /// pair of funds), `WalletNotOpen`, `FundInsufficient`.
    function transferFund(address actor, bytes32 digest, TransferFund calldata body) external;

    /// @notice Freezes or releases an account, with a reason: its money, and its signers
    /// (member) or status (organisation). An OPERATOR may freeze every account but its own; an
    /// INSURER may freeze members.
    /// @dev Reverts `RoleMissing`, `NotOwner` (the own account), `MemberUnknown`,
    /// `ProviderUnknown`.
    function freeze(address actor, bytes32 digest, FreezeAccount calldata body) external;

    /// @notice A correcting entry approved by two officers, naming the wrong one. Restricted to
    /// ActionRegistry.
    function correct(
        bytes32 actionId,
        bytes32 correctedRef,
        Posting[] calldata postings
    ) external;
}
