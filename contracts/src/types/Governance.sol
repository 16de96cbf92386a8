// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev LEFT participants keep their history and may be added again with another key.
enum ParticipantStatus {
    NONE,
    ACTIVE,
    LEFT
}

/// @dev What a vote can decide. ROTATE replaces all of a participant's keys and accounts.
enum ProposalKind {
    NONE,
    ADD,
    REMOVE,
    ROTATE,
    SET_MINIMUM,
    FUND
}

/// @dev One hospital's validator. `consensusKey` is its ed25519 key in CometBFT, `nodeAddress`
/// the secp256k1 address of its node, `operator` votes, `relayer` sends transactions.
struct Participant {
    bytes32 consensusKey;
    address nodeAddress;
    ParticipantStatus status;
    address operator;
    address relayer;
    bytes32 moniker;
}

/// @dev `amount` is the new minimum of SET_MINIMUM, or what FUND pays (wei of the native coin) to
/// `subject`. For the other kinds `subject` is the participant.
struct Proposal {
    ProposalKind kind;
    bool done;
    uint64 expiresAt;
    address subject;
    uint256 amount;
    Participant entry;
}
