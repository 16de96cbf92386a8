// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Intent, IntentKind } from "../types/Intents.sol";

/// @title The one entry for signed intents: verifies, executes each item alone, never lets one revert its neighbours.
/// @notice Order of checks: decode → deadline → signatures → nonce bit → execute. Undecodable items, past deadlines,
/// bad signatures and used bits execute nothing and emit `IntentSkipped`; that is never the state of a digest. The
/// state of a digest is its one `IntentExecuted` or `IntentRefused`; both burn the nonce bit, so nothing ever flips.
interface IIntentRouter {
    event IntentExecuted(bytes32 indexed digest, address indexed actor, IntentKind kind);
    event IntentRefused(bytes32 indexed digest, address indexed actor, IntentKind kind, bytes reason);
    event IntentSkipped(bytes32 indexed digest, address indexed actor, bytes4 reason);
    event IntentCancelled(address indexed actor, uint256 intentNonce);

    /// @notice Executes a batch. Restricted to RELAYER accounts; refused while paused, but for governance kinds.
    /// @dev Reverts whole only for `GasReserveTooLow`, `Reentered`, or a caller without the role: a stingy caller cannot turn a
    /// good item into a refusal.
    function execute(Intent[] calldata items) external;

    /// @notice One verified item; callable by the router itself only (`OnlySelf`).
    function executeOne(Intent calldata item, bytes32 digest) external;

    /// @notice The EIP-712 digest of an intent in this router's domain. Reverts `KindUnknown`, `BodyNotCanonical`.
    function digestOf(Intent calldata item) external view returns (bytes32);

    /// @notice Whether the actor's nonce bit is burnt.
    function isNonceUsed(address actor, uint256 nonce) external view returns (bool);

    /// @notice The EIP-712 type hash of a kind, for checking other implementations.
    function typeHashOf(IntentKind kind) external pure returns (bytes32);

    /// @notice Gas that must be left for one item of a kind, reserve included.
    function gasBudgetOf(IntentKind kind) external pure returns (uint256);
}
