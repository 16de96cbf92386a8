// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Posting } from "../types/Money.sol";
import { ApproveAction, ProposeAction } from "../types/Intents.sol";

/// @title Four eyes: pause, unpause and corrections are proposed by one officer and approved by
/// another.
interface IActionRegistry {
    enum ActionKind {
        NONE,
        PAUSE,
        UNPAUSE,
        CORRECT
    }

    struct Correction {
        bytes32 correctedRef;
        Posting[] postings;
    }

    event ActionProposed(
        bytes32 indexed actionId, address indexed officer, ActionKind kind, bytes32 payloadHash
    );
    event ActionApproved(bytes32 indexed actionId, address indexed officer, ActionKind kind);
    event PauseSet(bool paused);

    /// @notice An officer proposes; the action id is the digest of the proposing intent.
    /// @dev Needs OFFICER_PAUSE of an OPERATOR, or OFFICER_CORRECTION. Reverts `RoleMissing`.
    function propose(address actor, bytes32 digest, ProposeAction calldata body) external;

    /// @notice A second officer approves and the action takes place at once.
    /// @dev The approver signs the payload itself. Reverts `SameApprover` (also for a correction
    /// by two officers of one organisation), `RoleMissing` (of either officer), `AlreadyExists`
    /// (done before), `QuoteStale` (the payload is not the proposed one).
    function approve(address actor, bytes32 digest, ApproveAction calldata body) external;

    /// @notice Whether intents other than the governance kinds are refused now.
    function paused() external view returns (bool);
}
