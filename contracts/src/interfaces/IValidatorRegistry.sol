// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Participant, Proposal, ProposalKind } from "../types/Governance.sol";

/// @title Who validates, decided by the participants themselves.
/// @dev Stands in the genesis block with the first validators in its storage, so it works before
/// and without every other contract: operators of active participants call it directly. A vote
/// passes with more than two thirds of the active participants; all have equal power.
interface IValidatorRegistry {
    /// @notice A change was proposed; the proposer has voted for it.
    event Proposed(
        uint256 indexed proposalId, ProposalKind indexed kind, address indexed subject
    );

    /// @notice A participant voted for a proposal.
    event Voted(uint256 indexed proposalId, address indexed participant);

    /// @notice A proposal passed and is in force.
    event Enacted(
        uint256 indexed proposalId, ProposalKind indexed kind, address indexed subject
    );

    /// @notice The set of validators changes: `removed` and `added` are ed25519 keys, zero for
    /// none. It shows in the consensus two blocks after the block that follows this one.
    event ValidatorsChanged(bytes32 indexed removed, bytes32 indexed added);

    /// @notice A decided block held evidence against a validator, named by its consensus address.
    event Misbehaviour(
        address indexed validator, uint64 indexed height, uint8 kind, address indexed reporter
    );

    /// @notice Proposes a change and votes for it.
    /// @dev Callable by operators of active participants. Reverts `OperatorUnknown`,
    /// `ParticipantUnknown`, `EntryIncomplete`, `KeyTaken`, `AccountTaken`, `TooFewValidators`.
    /// What can change until the vote passes is checked again then.
    /// @param kind What is to be decided.
    /// @param subject The participant, or for FUND the account that is paid.
    /// @param amount The new minimum for SET_MINIMUM, wei for FUND, else 0.
    /// @param entry Keys and accounts for ADD and ROTATE, else empty.
    /// @return proposalId Numbered from 1.
    function propose(
        ProposalKind kind,
        address subject,
        uint256 amount,
        Participant calldata entry
    ) external returns (uint256 proposalId);

    /// @notice Votes for a proposal; enacts it when the threshold is reached and nothing else
    /// changed the set in this block.
    /// @dev Reverts `OperatorUnknown`, `ProposalUnknown`, `ProposalEnded`, `VoteAlreadyCast` and,
    /// when the vote passes, what `propose` reverts.
    function vote(uint256 proposalId) external;

    /// @notice Enacts a proposal that has its votes but met another change in its block.
    /// @dev Open to every sender. Reverts `ProposalUnknown`, `ProposalEnded`,
    /// `ThresholdNotReached`, `ChangeThisBlock`.
    function enact(uint256 proposalId) external;

    /// @notice Records evidence of misbehaviour that a decided block held. Removal stays a vote.
    /// @dev Callable by relayer accounts of active participants. Reverts `RelayerUnknown`; a
    /// second report of the same evidence does nothing. WARNING: the contract cannot see the
    /// evidence. A report is a pointer to it; before a vote, compare it with the block itself.
    function reportMisbehaviour(address validator, uint64 height, uint8 kind) external;

    /// @notice Node addresses of the validators, in the shape that QBFT's contract-based selection
    /// reads.
    function getValidators() external view returns (address[] memory);

    /// @notice Active participants, in the order of joining.
    function participants() external view returns (address[] memory);

    /// @notice Whether evidence was recorded.
    function isReported(
        address validator,
        uint64 height,
        uint8 kind
    ) external view returns (bool);

    /// @notice Everything about a participant; zeros if unknown.
    function participantOf(address participant) external view returns (Participant memory);

    /// @notice What one block changed; zeros if nothing.
    function changeAt(uint256 blockNumber) external view returns (bytes32 removed, bytes32 added);

    /// @notice The fewest validators a change may leave.
    function minimumValidators() external view returns (uint256);

    /// @notice A proposal; kind NONE if unknown.
    function proposalOf(uint256 proposalId) external view returns (Proposal memory);

    /// @notice Votes that count, and how many are needed. A vote lapses when its participant
    /// leaves or gets another consensus key or operator; who stays may vote again.
    function votesOf(uint256 proposalId) external view returns (uint256 votes, uint256 needed);

    /// @notice The number of proposals made.
    function proposalCount() external view returns (uint256);
}
