// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { CancelIntent, Intent, IntentKind } from "../types/Intents.sol";

/// @title The one entry for signed intents: verifies, executes each item alone, never lets one
/// revert its neighbours.
/// @notice Order of checks: decode → deadline → signatures → nonce bit → execute. Undecodable
/// items, past deadlines, bad signatures and used bits execute nothing and emit `IntentSkipped`;
/// that is never the state of a digest. The state of a digest is its one `IntentExecuted` or
/// `IntentRefused`; both burn the nonce bit, so nothing ever flips.
interface IIntentRouter {
    /// @notice The state of a digest: it took effect. The nonce bit is burnt.
    event IntentExecuted(bytes32 indexed digest, address indexed actor, IntentKind kind);
    /// @notice The state of a digest: its rules refused it, for ever. The nonce bit is burnt.
    /// @param reason Revert data of the rule, cut to 260 bytes; empty when the item ran out of
    /// its gas budget.
    event IntentRefused(
        bytes32 indexed digest, address indexed actor, IntentKind kind, bytes reason
    );
    /// @notice Nothing happened and nothing is burnt. Reasons are the selectors of
    /// `SignatureExpired`, `SignatureInvalid`, `NonceUsed`, `SignerFrozen`, `BodyNotCanonical`,
    /// `KindUnknown`, `Paused`.
    /// @dev Digest zero = the item could not be decoded; actor zero = not even its envelope.
    event IntentSkipped(bytes32 indexed digest, address indexed actor, bytes4 reason);
    /// @notice The actor gave up an unused nonce: no intent with it can execute any more.
    event IntentCancelled(address indexed actor, uint256 intentNonce);

    /// @notice Executes a batch; each item emits exactly one of `IntentExecuted`,
    /// `IntentRefused`, `IntentSkipped`, in the order of the items. While paused only governance
    /// kinds run, the others are skipped.
    /// @dev Restricted to RELAYER accounts. Reverts whole only for `GasReserveTooLow`,
    /// `Reentered`, a caller without the role, or an array that is no array: a stingy caller
    /// cannot turn a good item into a refusal.
    function execute(Intent[] calldata items) external;

    /// @notice Runs the rule of one verified item, with the kind's gas budget. Callable by the
    /// router only (`OnlySelf`).
    /// @param module The name in the directory of the handler's contract; zero = the router.
    /// @param handlerCall The call of the handler f(actor, digest, body), selector included.
    function executeOne(bytes32 module, bytes calldata handlerCall) external;

    /// @notice Burns another, unused nonce of the actor. Callable by the router only
    /// (`OnlySelf`).
    /// @dev Reverts `NonceUsed`.
    function cancel(address actor, bytes32 digest, CancelIntent calldata body) external;

    /// @notice The EIP-712 digest of an intent in this router's domain. Reverts `KindUnknown`,
    /// `BodyNotCanonical`.
    function digestOf(Intent calldata item) external view returns (bytes32);

    /// @notice Whether the actor's nonce bit is burnt.
    function isNonceUsed(address actor, uint256 nonce) external view returns (bool);

    /// @notice The EIP-712 type hash of a kind, for checking other implementations. Reverts
    /// `KindUnknown`.
    function typeHashOf(IntentKind kind) external pure returns (bytes32);

    /// @notice Gas that must be left before an item of a kind with a body of that many bytes,
    /// reserve included.
    function gasBudgetOf(IntentKind kind, uint256 bodyLength) external pure returns (uint256);
}
