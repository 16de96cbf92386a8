// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { IActionRegistry } from "../interfaces/IActionRegistry.sol";
import { INetworkDirectory } from "../interfaces/INetworkDirectory.sol";
import { IProviderRegistry } from "../interfaces/IProviderRegistry.sol";
import { IWalletOperations } from "../interfaces/IWalletOperations.sol";
import {
    AlreadyExists,
    KindUnknown,
    QuoteStale,
    RoleMissing,
    SameApprover
} from "../types/Errors.sol";
import { ApproveAction, ProposeAction } from "../types/Intents.sol";
import { OFFICER_CORRECTION, OFFICER_PAUSE, OrganisationKind } from "../types/Parties.sol";

/// @title Four eyes: what two officers decide together, a correction those of two organisations.
/// @dev Two officers never share a key: inside one registry a key has one account for ever.
/// Storage layout: slot 0 AccessManaged (authority); slot 1 `_actions`: action id → two slots
/// {officer 160, kind 8, done 8} and {payloadHash}; slot 2 {paused 8}.
contract ActionRegistry is IActionRegistry, AccessManaged {
    // --------------------------------------------------------------------------------
    // storage

    struct Action {
        address officer;
        ActionKind kind;
        bool done;
        bytes32 payloadHash;
    }

    bytes32 private constant WALLET_OPERATIONS = "WalletOperations";

    IProviderRegistry private immutable PROVIDERS;
    INetworkDirectory private immutable DIRECTORY;

    mapping(bytes32 actionId => Action action) private _actions;
    bool private _paused;

    // --------------------------------------------------------------------------------
    // constructor

    constructor(
        address authority_,
        IProviderRegistry providers_,
        INetworkDirectory directory_
    ) AccessManaged(authority_) {
        PROVIDERS = providers_;
        DIRECTORY = directory_;
    }

    // --------------------------------------------------------------------------------
    // actions

    /// @inheritdoc IActionRegistry
    function propose(
        address actor,
        bytes32 digest,
        ProposeAction calldata body
    ) external restricted {
        ActionKind kind = _kindOf(body.action);
        _requireOfficer(actor, kind);

        // The digest of an intent is unique, so the id is free.
        bytes32 payloadHash = keccak256(body.payload);
        _actions[digest] = Action(actor, kind, false, payloadHash);

        emit ActionProposed(digest, actor, kind, payloadHash);
    }

    /// @inheritdoc IActionRegistry
    function approve(address actor, bytes32, ApproveAction calldata body) external restricted {
        Action memory action = _actions[body.actionId];
        // An unknown action has no kind and no payload.
        if (action.payloadHash != keccak256(body.payload)) revert QuoteStale(body.actionId);
        address organisation = _requireOfficer(actor, action.kind);
        if (actor == action.officer) revert SameApprover(actor);
        // The proposer must still be in office. An organisation appoints its officers itself: a
        // correction moves anybody's money, so its two come from two organisations.
        bool same = _requireOfficer(action.officer, action.kind) == organisation;
        if (same && action.kind == ActionKind.CORRECT) revert SameApprover(actor);
        if (action.done) revert AlreadyExists(body.actionId);

        _actions[body.actionId].done = true;

        emit ActionApproved(body.actionId, actor, action.kind);
        if (action.kind == ActionKind.CORRECT) _correct(body.actionId, body.payload);
        else _setPaused(action.kind == ActionKind.PAUSE);
    }

    // --------------------------------------------------------------------------------
    // views

    /// @inheritdoc IActionRegistry
    function paused() external view returns (bool) {
        return _paused;
    }

    // --------------------------------------------------------------------------------
    // internals

    function _setPaused(bool paused_) private {
        _paused = paused_;
        emit PauseSet(paused_);
    }

    function _correct(bytes32 actionId, bytes calldata payload) private {
        Correction memory correction = abi.decode(payload, (Correction));
        IWalletOperations(DIRECTORY.get(WALLET_OPERATIONS))
            .correct(actionId, correction.correctedRef, correction.postings);
    }

    /// @dev Pausing is for operators; correcting for operators and insurers, so that no other
    /// organisation can appoint two officers and move money.
    function _requireOfficer(
        address actor,
        ActionKind kind
    ) private view returns (address organisation) {
        bool correcting = kind == ActionKind.CORRECT;
        organisation =
            PROVIDERS.requireOfficer(actor, correcting ? OFFICER_CORRECTION : OFFICER_PAUSE);
        OrganisationKind has = PROVIDERS.activeKindOf(organisation);
        if (has != OrganisationKind.OPERATOR && !(correcting && has == OrganisationKind.INSURER))
        {
            revert RoleMissing(organisation, "OPERATOR");
        }
    }

    function _kindOf(uint8 action) private pure returns (ActionKind) {
        if (action == 0 || action > uint8(type(ActionKind).max)) revert KindUnknown(action);
        return ActionKind(action);
    }
}
