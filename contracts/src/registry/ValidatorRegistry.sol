// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Address } from "@openzeppelin/contracts/utils/Address.sol";
import { IValidatorRegistry } from "../interfaces/IValidatorRegistry.sol";
import {
    AccountTaken,
    ChangeThisBlock,
    EntryIncomplete,
    KeyTaken,
    OperatorUnknown,
    ParticipantUnknown,
    ProposalEnded,
    ProposalUnknown,
    RelayerUnknown,
    ThresholdNotReached,
    TooFewValidators,
    VoteAlreadyCast
} from "../types/Errors.sol";
import { Participant, ParticipantStatus, Proposal, ProposalKind } from "../types/Governance.sol";

// Because coin is sent here, kinds, keys and counts look to the detector as if they followed from a
// balance; none does.
// slither-disable-start incorrect-equality

/// @title ValidatorRegistry
/// @dev No constructor: the genesis file holds code and storage
/// (node/validator/home/registry_state.py writes it, a test compares it with this layout).
/// Storage layout:
/// - slot 0: _order, active participants in the order of joining
/// - slot 1: _entries, participant → five slots: consensusKey | nodeAddress, status | operator |
///   relayer | moniker
/// - slot 2: _owners, account or first 20 bytes of a key's hash → participant that uses it
/// - slot 3: _changes, block → two slots: removed key, added key
/// - slot 4: _minimum
/// - slot 5: _lastChange, block of the last change
/// - slot 6: _proposals, one after the other; ids start at 1
/// - slot 7: _votes, proposal → key and operator of a participant, hashed → voted
/// - slot 8: _reported, hash of evidence → seen
contract ValidatorRegistry is IValidatorRegistry {
    // --------------------------------------------------------------------------------
    // storage

    struct Change {
        bytes32 removed;
        bytes32 added;
    }

    uint64 private constant OPEN_FOR = 30 days;
    /// @dev What a new participant's operator and relayer get from this contract's coin, each.
    uint256 private constant GRANT = 1 ether;

    address[] private _order;
    mapping(address participant => Participant entry) private _entries;
    mapping(address used => address participant) private _owners;
    mapping(uint256 blockNumber => Change change) private _changes;
    uint256 private _minimum;
    uint256 private _lastChange;
    Proposal[] private _proposals;
    mapping(uint256 proposalId => mapping(bytes32 voter => bool voted)) private _votes;
    mapping(bytes32 evidence => bool seen) private _reported;

    // --------------------------------------------------------------------------------
    // proposals

    /// @inheritdoc IValidatorRegistry
    function propose(
        ProposalKind kind,
        address subject,
        uint256 amount,
        Participant calldata entry
    ) external returns (uint256 proposalId) {
        address proposer = _requireOperator();
        Proposal memory proposal = Proposal({
            kind: kind,
            done: false,
            expiresAt: uint64(block.timestamp) + OPEN_FOR,
            subject: subject,
            amount: amount,
            entry: entry
        });
        _requirePossible(proposal);

        _proposals.push(proposal);
        proposalId = _proposals.length;

        emit Proposed(proposalId, kind, subject);
        _vote(proposalId, proposer);
    }

    /// @inheritdoc IValidatorRegistry
    function vote(uint256 proposalId) external {
        _vote(proposalId, _requireOperator());
    }

    /// @inheritdoc IValidatorRegistry
    function enact(uint256 proposalId) external {
        Proposal storage proposal = _requireOpen(proposalId);
        (uint256 votes, uint256 needed) = votesOf(proposalId);
        if (votes < needed) revert ThresholdNotReached(proposalId, votes, needed);
        if (_changesValidators(proposal.kind) && _lastChange == block.number) {
            revert ChangeThisBlock(block.number);
        }
        _enact(proposalId, proposal);
    }

    // --------------------------------------------------------------------------------
    // evidence

    /// @inheritdoc IValidatorRegistry
    function reportMisbehaviour(address validator, uint64 height, uint8 kind) external {
        address participant = _owners[msg.sender];
        Participant storage entry = _entries[participant];
        if (entry.status != ParticipantStatus.ACTIVE || entry.relayer != msg.sender) {
            revert RelayerUnknown(msg.sender);
        }
        bytes32 evidence = _evidence(validator, height, kind);
        if (_reported[evidence]) return;
        _reported[evidence] = true;

        emit Misbehaviour(validator, height, kind, msg.sender);
    }

    // --------------------------------------------------------------------------------
    // views

    /// @inheritdoc IValidatorRegistry
    function getValidators() external view returns (address[] memory nodes) {
        nodes = new address[](_order.length);
        for (uint256 i = 0; i < nodes.length; ++i) {
            nodes[i] = _entries[_order[i]].nodeAddress;
        }
    }

    /// @inheritdoc IValidatorRegistry
    function isReported(
        address validator,
        uint64 height,
        uint8 kind
    ) external view returns (bool) {
        return _reported[_evidence(validator, height, kind)];
    }

    /// @inheritdoc IValidatorRegistry
    function participants() external view returns (address[] memory) {
        return _order;
    }

    /// @inheritdoc IValidatorRegistry
    function participantOf(address participant) external view returns (Participant memory) {
        return _entries[participant];
    }

    /// @inheritdoc IValidatorRegistry
    function changeAt(uint256 blockNumber)
        external
        view
        returns (bytes32 removed, bytes32 added)
    {
        Change memory change = _changes[blockNumber];
        return (change.removed, change.added);
    }

    /// @inheritdoc IValidatorRegistry
    function minimumValidators() external view returns (uint256) {
        return _minimum;
    }

    /// @inheritdoc IValidatorRegistry
    function proposalOf(uint256 proposalId) external view returns (Proposal memory proposal) {
        if (proposalId != 0 && proposalId <= _proposals.length) {
            proposal = _proposals[proposalId - 1];
        }
    }

    /// @inheritdoc IValidatorRegistry
    function votesOf(uint256 proposalId) public view returns (uint256 votes, uint256 needed) {
        // As many as there are validators, some dozens at most: consensus could not bear more.
        for (uint256 i = 0; i < _order.length; ++i) {
            if (_votes[proposalId][_voterOf(_order[i])]) ++votes;
        }
        needed = _order.length * 2 / 3 + 1;
    }

    /// @inheritdoc IValidatorRegistry
    function proposalCount() external view returns (uint256) {
        return _proposals.length;
    }

    // --------------------------------------------------------------------------------
    // internals

    function _vote(uint256 proposalId, address participant) private {
        Proposal storage proposal = _requireOpen(proposalId);
        bytes32 voter = _voterOf(participant);
        if (_votes[proposalId][voter]) revert VoteAlreadyCast(proposalId, participant);
        _votes[proposalId][voter] = true;

        emit Voted(proposalId, participant);

        (uint256 votes, uint256 needed) = votesOf(proposalId);
        bool waits = _changesValidators(proposal.kind) && _lastChange == block.number;
        if (votes >= needed && !waits) _enact(proposalId, proposal);
    }

    /// @dev Puts a passed proposal into force. Coin is paid last.
    function _enact(uint256 proposalId, Proposal storage stored) private {
        Proposal memory proposal = stored;
        _requirePossible(proposal);
        stored.done = true;

        if (proposal.kind == ProposalKind.ADD) _add(proposal);
        else if (proposal.kind == ProposalKind.REMOVE) _remove(proposal.subject);
        else if (proposal.kind == ProposalKind.ROTATE) _rotate(proposal);
        else if (proposal.kind == ProposalKind.SET_MINIMUM) _minimum = proposal.amount;

        emit Enacted(proposalId, proposal.kind, proposal.subject);

        if (proposal.kind == ProposalKind.FUND) {
            Address.sendValue(payable(proposal.subject), proposal.amount);
        } else if (proposal.kind == ProposalKind.ADD) {
            _grant(proposal.entry.operator);
            _grant(proposal.entry.relayer);
        }
    }

    function _add(Proposal memory proposal) private {
        _order.push(proposal.subject);
        _use(proposal.subject, proposal.entry);
        _recordChange(0, proposal.entry.consensusKey);
    }

    function _remove(address participant) private {
        Participant storage entry = _entries[participant];
        bytes32 key = entry.consensusKey;
        _release(entry);
        entry.status = ParticipantStatus.LEFT;
        // Those behind move up, so that the order stays that of joining.
        bool found = false;
        for (uint256 i = 0; i + 1 < _order.length; ++i) {
            found = found || _order[i] == participant;
            if (found) _order[i] = _order[i + 1];
        }
        _order.pop();
        _recordChange(key, 0);
    }

    function _rotate(Proposal memory proposal) private {
        Participant storage entry = _entries[proposal.subject];
        bytes32 before = entry.consensusKey;
        _release(entry);
        _use(proposal.subject, proposal.entry);
        if (before != proposal.entry.consensusKey) {
            _recordChange(before, proposal.entry.consensusKey);
        }
    }

    function _use(address participant, Participant memory entry) private {
        entry.status = ParticipantStatus.ACTIVE;
        _entries[participant] = entry;
        _owners[_ownerKey(entry.consensusKey)] = participant;
        _owners[entry.nodeAddress] = participant;
        _owners[entry.operator] = participant;
        _owners[entry.relayer] = participant;
    }

    /// @dev Accounts may be used again; a consensus key never, because who holds it could sign
    /// for heights of the past.
    function _release(Participant storage entry) private {
        _owners[entry.nodeAddress] = address(0);
        _owners[entry.operator] = address(0);
        _owners[entry.relayer] = address(0);
    }

    function _recordChange(bytes32 removed, bytes32 added) private {
        _changes[block.number] = Change(removed, added);
        _lastChange = block.number;

        emit ValidatorsChanged(removed, added);
    }

    function _grant(address account) private {
        if (address(this).balance >= GRANT) Address.sendValue(payable(account), GRANT);
    }

    function _requireOperator() private view returns (address participant) {
        participant = _owners[msg.sender];
        Participant storage entry = _entries[participant];
        if (entry.status != ParticipantStatus.ACTIVE || entry.operator != msg.sender) {
            revert OperatorUnknown(msg.sender);
        }
    }

    /// @dev A vote is that of a key and an operator: with either of them changed it lapses, so
    /// what a stolen account voted for does not stand, nor what was voted for before leaving.
    function _voterOf(address participant) private view returns (bytes32) {
        Participant storage entry = _entries[participant];
        return keccak256(abi.encode(entry.consensusKey, entry.operator));
    }

    function _requireOpen(uint256 proposalId) private view returns (Proposal storage proposal) {
        if (proposalId == 0 || proposalId > _proposals.length) {
            revert ProposalUnknown(proposalId);
        }
        proposal = _proposals[proposalId - 1];
        if (proposal.done || block.timestamp > proposal.expiresAt) {
            revert ProposalEnded(proposalId);
        }
    }

    /// @dev What must hold when a change is proposed and again when it comes into force.
    function _requirePossible(Proposal memory proposal) private view {
        ProposalKind kind = proposal.kind;
        address subject = proposal.subject;
        bool active = _entries[subject].status == ParticipantStatus.ACTIVE;
        if (kind == ProposalKind.NONE) revert ProposalUnknown(0);
        if (kind == ProposalKind.ADD) {
            if (active || subject == address(0)) revert ParticipantUnknown(subject);
            _requireFree(proposal, address(0));
        } else if (kind == ProposalKind.REMOVE) {
            if (!active) revert ParticipantUnknown(subject);
            if (_order.length - 1 < _minimum) {
                revert TooFewValidators(_order.length - 1, _minimum);
            }
        } else if (kind == ProposalKind.ROTATE) {
            if (!active) revert ParticipantUnknown(subject);
            _requireFree(proposal, subject);
        } else if (kind == ProposalKind.SET_MINIMUM) {
            if (proposal.amount == 0 || proposal.amount > _order.length) {
                revert TooFewValidators(_order.length, proposal.amount);
            }
        } else if (subject == address(0)) {
            revert ParticipantUnknown(subject);
        }
    }

    /// @dev Keys and accounts must be there, different from each other, and nobody else's.
    function _requireFree(Proposal memory proposal, address self) private view {
        Participant memory entry = proposal.entry;
        address[3] memory accounts = [entry.nodeAddress, entry.operator, entry.relayer];
        if (entry.consensusKey == 0) revert EntryIncomplete(proposal.subject);
        address owner = _owners[_ownerKey(entry.consensusKey)];
        bool same = self != address(0) && _entries[self].consensusKey == entry.consensusKey;
        if (owner != address(0) && !same) revert KeyTaken(entry.consensusKey);
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (accounts[i] == address(0)) revert EntryIncomplete(proposal.subject);
            owner = _owners[accounts[i]];
            if (owner != address(0) && owner != self) revert AccountTaken(accounts[i]);
            for (uint256 j = 0; j < i; ++j) {
                if (accounts[i] == accounts[j]) revert AccountTaken(accounts[i]);
            }
        }
    }

    function _changesValidators(ProposalKind kind) private pure returns (bool) {
        return
            kind == ProposalKind.ADD || kind == ProposalKind.REMOVE
                || kind == ProposalKind.ROTATE;
    }

    function _evidence(
        address validator,
        uint64 height,
        uint8 kind
    ) private pure returns (bytes32) {
        return keccak256(abi.encode(validator, height, kind));
    }

    function _ownerKey(bytes32 consensusKey) private pure returns (address) {
        return address(bytes20(keccak256(abi.encode(consensusKey))));
    }
}
// slither-disable-end incorrect-equality
