// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { EIP712 } from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import { LowLevelCall } from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import { Memory } from "@openzeppelin/contracts/utils/Memory.sol";
import { TransientSlot } from "@openzeppelin/contracts/utils/TransientSlot.sol";
import { IActionRegistry } from "../interfaces/IActionRegistry.sol";
import { IIntentRouter } from "../interfaces/IIntentRouter.sol";
import { IMemberRegistry } from "../interfaces/IMemberRegistry.sol";
import { INetworkDirectory } from "../interfaces/INetworkDirectory.sol";
import { IProviderRegistry } from "../interfaces/IProviderRegistry.sol";
import { ISignerBook } from "../interfaces/ISignerBook.sol";
import { Accounts } from "../libraries/money/Accounts.sol";
import { IntentRules } from "../libraries/intents/IntentRules.sol";
import { IntentTypes } from "../libraries/intents/IntentTypes.sol";
import { IntentVerifier } from "../libraries/intents/IntentVerifier.sol";
import {
    BodyNotCanonical,
    GasReserveTooLow,
    KindUnknown,
    NonceUsed,
    OnlySelf,
    Paused,
    Reentered,
    SignatureExpired,
    SignatureInvalid
} from "../types/Errors.sol";
import { NonceBitmap } from "../libraries/intents/NonceBitmap.sol";
import { CancelIntent, Intent, IntentKind } from "../types/Intents.sol";

/// @title The one entry for signed intents.
/// @dev Storage layout: slot 0 AccessManaged (authority); slots 1 and 2 EIP712 (unused
/// fallbacks); slot 3 `_burnt`: actor → nonce >> 8 → 256 bits, so that the nonces a gateway
/// counts up share a slot. Transient: the lock, and the modules by name.
contract IntentRouter is IIntentRouter, AccessManaged, EIP712 {
    using TransientSlot for bytes32;
    using TransientSlot for TransientSlot.AddressSlot;

    // --------------------------------------------------------------------------------
    // storage

    /// @dev Revert data of a rule is kept up to this size: a selector and eight words.
    uint256 private constant MAX_REASON = 260;

    INetworkDirectory private immutable DIRECTORY;
    IMemberRegistry private immutable MEMBERS;
    IProviderRegistry private immutable PROVIDERS;
    IActionRegistry private immutable ACTIONS;

    mapping(address actor => mapping(uint256 word => uint256 bits)) private _burnt;
    bool private transient _executing;

    // --------------------------------------------------------------------------------
    // constructor

    constructor(
        address authority_,
        INetworkDirectory directory_,
        IMemberRegistry members_,
        IProviderRegistry providers_,
        IActionRegistry actions_
    ) AccessManaged(authority_) EIP712("Yibao", "1") {
        DIRECTORY = directory_;
        MEMBERS = members_;
        PROVIDERS = providers_;
        ACTIONS = actions_;
    }

    // --------------------------------------------------------------------------------
    // modifiers

    modifier onlySelf() {
        if (msg.sender != address(this)) revert OnlySelf();
        _;
    }

    // --------------------------------------------------------------------------------
    // execution

    /// @inheritdoc IIntentRouter
    function execute(Intent[] calldata items) external restricted {
        if (_executing) revert Reentered();
        _executing = true;

        bool paused = ACTIONS.paused();
        // The decoder has checked the array's offset, length and table, not what the table says.
        uint256 table = 4 + uint256(bytes32(msg.data[4:36])) + 32;
        for (uint256 i = 0; i < items.length; ++i) {
            // What one item leaves in memory is of no use to the next.
            Memory.Pointer start = Memory.getFreeMemoryPointer();
            _process(IntentVerifier.itemAt(msg.data, table, i), paused);
            Memory.unsafeSetFreeMemoryPointer(start);
        }

        _executing = false;
    }

    /// @inheritdoc IIntentRouter
    function executeOne(bytes32 module, bytes calldata handlerCall) external onlySelf {
        if (!LowLevelCall.callNoReturn(_moduleOf(module), handlerCall)) _revertBounded();
    }

    /// @inheritdoc IIntentRouter
    function cancel(address actor, bytes32, CancelIntent calldata body) external onlySelf {
        if (!_burn(actor, body.cancelledNonce)) revert NonceUsed(actor, body.cancelledNonce);

        emit IntentCancelled(actor, body.cancelledNonce);
    }

    // --------------------------------------------------------------------------------
    // views

    /// @inheritdoc IIntentRouter
    function digestOf(Intent calldata item) external view returns (bytes32) {
        IntentVerifier.Item memory read = IntentVerifier.Item({
            kind: item.kind,
            actor: item.actor,
            nonce: item.nonce,
            deadline: item.deadline,
            digest: 0,
            rule: IntentRules.ruleOf(item.kind)
        });
        if (IntentRules.selectorOf(read.rule) == 0) revert KindUnknown(uint256(item.kind));
        if (!IntentVerifier.isCanonical(read.rule, item.body)) {
            revert BodyNotCanonical(uint256(item.kind));
        }
        return _hashTypedDataV4(IntentVerifier.structHash(read, item.body));
    }

    /// @inheritdoc IIntentRouter
    function isNonceUsed(address actor, uint256 nonce) external view returns (bool) {
        return NonceBitmap.isBurnt(_burnt[actor], nonce);
    }

    /// @inheritdoc IIntentRouter
    function typeHashOf(IntentKind kind) external pure returns (bytes32 typeHash) {
        typeHash = IntentTypes.typeHashOf(kind);
        if (typeHash == 0) revert KindUnknown(uint256(kind));
    }

    /// @inheritdoc IIntentRouter
    function gasBudgetOf(IntentKind kind, uint256 bodyLength) external pure returns (uint256) {
        uint256 limit = IntentRules.gasLimit(IntentRules.ruleOf(kind), bodyLength);
        return IntentRules.gasBudget(limit, bodyLength);
    }

    // --------------------------------------------------------------------------------
    // internals

    /// @dev decode → deadline → signatures → nonce bit → execute; each item ends in one event.
    function _process(bytes calldata raw, bool paused) private {
        (
            bytes4 problem,
            IntentVerifier.Item memory item,
            bytes calldata body,
            bytes calldata signatures
        ) = IntentVerifier.decode(raw);
        if (problem == 0) {
            item.digest = _hashTypedDataV4(IntentVerifier.structHash(item, body));
            problem = _check(item, body, signatures, paused);
        }
        if (problem != 0) emit IntentSkipped(item.digest, item.actor, problem);
        else _run(item, body);
    }

    /// @dev Pause, deadline, signatures, nonce; the bit of a good item is burnt.
    function _check(
        IntentVerifier.Item memory item,
        bytes calldata body,
        bytes calldata signatures,
        bool paused
    ) private returns (bytes4 problem) {
        if (paused && !IntentRules.runsWhilePaused(item.kind)) {
            return Paused.selector;
        }
        if (block.timestamp > item.deadline) return SignatureExpired.selector;

        bool two = IntentRules.hasCounterparty(item.kind);
        if (IntentVerifier.countOf(signatures) != (two ? 2 : 1)) {
            return SignatureInvalid.selector;
        }
        problem = IntentVerifier.checkSignature(
            MEMBERS, _bookOf(item), item.actor, item.digest, signatures, 0
        );
        if (problem == 0 && two) {
            address second = address(uint160(uint256(bytes32(body[:32]))));
            problem = IntentVerifier.checkSignature(
                MEMBERS, MEMBERS, second, item.digest, signatures, 1
            );
        }
        if (problem != 0) return problem;

        if (!_burn(item.actor, item.nonce)) return NonceUsed.selector;
    }

    /// @dev Runs a verified item with exactly its gas, so that its fate does not depend on the
    /// sender of the batch.
    function _run(IntentVerifier.Item memory item, bytes calldata body) private {
        bytes32 module = IntentRules.targetOf(item.rule);
        bytes memory handlerCall = IntentRules.callOf(item.rule, item.actor, item.digest, body);
        uint256 limit = IntentRules.gasLimit(item.rule, body.length);
        uint256 needed = IntentRules.gasBudget(limit, body.length);
        if (gasleft() < needed) revert GasReserveTooLow(gasleft(), needed);

        try this.executeOne{ gas: limit }(module, handlerCall) {
            emit IntentExecuted(item.digest, item.actor, item.kind);
        } catch (bytes memory reason) {
            emit IntentRefused(item.digest, item.actor, item.kind, reason);
        }
    }

    /// @dev The contract behind a name; the router itself for no name. The directory is asked
    /// once a transaction. It enters contracts with code only: no call succeeds by hitting
    /// nothing.
    function _moduleOf(bytes32 name) private returns (address module) {
        if (name == 0) return address(this);
        // A name fills the slot from the left, so it cannot meet the lock's.
        TransientSlot.AddressSlot known = name.asAddress();
        module = known.tload();
        if (module == address(0)) {
            module = DIRECTORY.get(name);
            known.tstore(module);
        }
    }

    /// @dev Burns a nonce bit; false if it was burnt before.
    function _burn(address actor, uint256 nonce) private returns (bool) {
        return NonceBitmap.burn(_burnt[actor], nonce);
    }

    /// @dev The registry of an item's actor. For kinds open to all, the id says where it
    /// belongs.
    function _bookOf(IntentVerifier.Item memory item) private view returns (ISignerBook) {
        bool isMember = IntentRules.isForAll(item.kind)
            ? Accounts.isMemberId(item.actor)
            : IntentRules.isForMembers(item.kind);
        return isMember ? ISignerBook(MEMBERS) : ISignerBook(PROVIDERS);
    }

    /// @dev Reverts with the last call's revert data, cut so that no rule can fill the batch's
    /// event with it. Assembly, because Solidity copies return data whole or not at all.
    function _revertBounded() private pure {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let size := returndatasize()
            if gt(size, MAX_REASON) { size := MAX_REASON }
            let free := mload(0x40)
            returndatacopy(free, 0, size)
            revert(free, size)
        }
    }
}
