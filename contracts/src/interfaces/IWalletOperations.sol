// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Posting } from "../types/Money.sol";
import { AcceptTransfer, Deposit, FreezeAccount, TransferFund, TransferMedical, Withdraw } from "../types/Intents.sol";

/// @title Deposits, withdrawals, wallet transfers with their limits, fund transfers, corrections. Holds no state.
interface IWalletOperations {
    event Deposited(
        bytes32 indexed digest, address indexed account, address indexed channel, uint8 pocket, uint64 amountFen, bytes32 noticeHash
    );
    event Withdrawn(
        bytes32 indexed digest, address indexed member, address indexed channel, uint64 amountFen, bytes32 destinationHash
    );
    event TransferSent(bytes32 indexed digest, address indexed sender, address indexed receiver, uint64 amountFen, uint40 returnsAt);
    event TransferAccepted(bytes32 indexed digest, address indexed sender, address indexed receiver, uint64 amountFen);
    event TransferReturned(address indexed sender, address indexed receiver, uint64 amountFen);
    event FundTransferred(bytes32 indexed digest, address indexed from, address indexed to, uint64 amountFen, bytes32 reasonCode);
    event AccountFrozenSet(bytes32 indexed digest, address indexed account, bool frozen, bytes32 reasonCode);
    event Corrected(bytes32 indexed actionId, bytes32 indexed correctedRef, uint256 postings);

    /// @notice A CHANNEL brings money in from its EXTERNAL counter. A notice hash works once (`NoticeUsed`).
    function deposit(address actor, bytes32 digest, Deposit calldata body) external;

    /// @notice A member takes CASH out through a channel. Reverts `WalletNotOpen`, `InsufficientBalance`, `RoleMissing`.
    function withdraw(address actor, bytes32 digest, Withdraw calldata body) external;

    /// @notice Sends MEDICAL money to a near relative: at most 3 a policy day, 200,000 fen each, none in
    /// 22:00:00–05:59:59, one unaccepted at a time. The sum waits until accepted or the next 06:00.
    /// @dev Reverts `WalletNotOpen`, `NotNearRelative`, `TransferClosedHours`, `TransferTooLarge`, `TransferPending`,
    /// `TransferDailyLimit`, `InsufficientBalance`. A lapsed pending transfer is returned first.
    function transfer(address actor, bytes32 digest, TransferMedical calldata body) external;

    /// @notice The receiver accepts before it lapses. Reverts `TransferUnknown`.
    function acceptTransfer(address actor, bytes32 digest, AcceptTransfer calldata body) external;

    /// @notice Sweep: returns a lapsed transfer to its sender. Open to everybody; no effect twice.
    /// @return returned Whether something was returned by this call.
    function returnTransfer(address sender) external returns (bool returned);

    /// @notice An INSURER moves money between own fund accounts of one region and scheme.
    function transferFund(address actor, bytes32 digest, TransferFund calldata body) external;

    /// @notice An OPERATOR or INSURER freezes or releases an account, with a reason.
    function freeze(address actor, bytes32 digest, FreezeAccount calldata body) external;

    /// @notice A correcting entry approved by two officers. Restricted to ActionRegistry.
    function correct(bytes32 actionId, bytes32 correctedRef, Posting[] calldata postings) external;
}
