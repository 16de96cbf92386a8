// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { IMemberRegistry } from "../interfaces/IMemberRegistry.sol";
import { IProviderRegistry } from "../interfaces/IProviderRegistry.sol";
import { Accounts } from "../libraries/money/Accounts.sol";
import { Days } from "../libraries/time/Days.sol";
import {
    AccountIdInvalid,
    AlreadyExists,
    FamilyLinkInactive,
    MemberUnknown,
    NotNearRelative,
    NotOwner,
    RoleMissing
} from "../types/Errors.sol";
import {
    AssignGuardian,
    EndFamilyLink,
    LinkFamily,
    OpenMember,
    OpenWallet,
    RotateSigner
} from "../types/Intents.sol";
import { OrganisationKind, Relation, SignerKind } from "../types/Parties.sol";
import { SignerBook } from "./SignerBook.sol";

/// @title Members: ids, signers, guardians, family links.
/// @dev Storage layout: slot 0 SignerBook; slot 1 AccessManaged (authority); slot 2 `_members`:
/// member → one slot {exists 8, walletOpen 8, frozen 8, categories 32, mainSigner 160}, so that
/// signature, freeze and categories of a claim are one cold read; slot 3 `_guardians`: member →
/// guardian → first policy day without; slot 4 `_relations`: holder → relative → relation;
/// slot 5 `_commitments`: identity commitment → used.
contract MemberRegistry is IMemberRegistry, SignerBook, AccessManaged {
    // --------------------------------------------------------------------------------
    // storage

    /// @dev `mainSigner` is a SECP256K1 key of the SignerBook that has no end: the newest one, or
    /// zero. It spares a look-up and is never the only place that knows a key.
    struct Member {
        bool exists;
        bool walletOpen;
        bool frozen;
        uint32 categories;
        address mainSigner;
    }

    IProviderRegistry private immutable PROVIDERS;

    mapping(address member => Member record) private _members;
    mapping(address member => mapping(address guardian => int32 untilDay)) private _guardians;
    mapping(address holder => mapping(address relative => Relation relation)) private _relations;
    mapping(bytes32 commitment => bool used) private _commitments;

    // --------------------------------------------------------------------------------
    // constructor

    constructor(address authority_, IProviderRegistry providers_) AccessManaged(authority_) {
        PROVIDERS = providers_;
    }

    // --------------------------------------------------------------------------------
    // members

    /// @inheritdoc IMemberRegistry
    function open(address actor, bytes32, OpenMember calldata body) external restricted {
        _requireKeeper(actor);
        if (!Accounts.isMemberId(body.account)) revert AccountIdInvalid(body.account);
        if (_members[body.account].exists) {
            revert AlreadyExists(bytes32(uint256(uint160(body.account))));
        }
        if (_commitments[body.identityCommitment]) {
            revert AlreadyExists(body.identityCommitment);
        }

        address mainSigner = _mainAfter(address(0), body.signerKey, body.signerKind);
        _members[body.account] = Member(true, false, false, body.categories, mainSigner);
        _commitments[body.identityCommitment] = true;

        emit MemberOpened(body.account, body.identityCommitment, body.categories, actor);
        _addSigner(body.account, body.signerKey, body.signerKind);
    }

    /// @inheritdoc IMemberRegistry
    function openWallet(address actor, bytes32, OpenWallet calldata body) external restricted {
        _requireMember(actor);

        _members[actor].walletOpen = true;

        emit WalletOpened(actor, body.termsHash);
    }

    // --------------------------------------------------------------------------------
    // signers

    /// @inheritdoc IMemberRegistry
    function rotateSigner(
        address actor,
        bytes32,
        RotateSigner calldata body
    ) external restricted {
        _requireMember(actor);
        _rotateSigner(actor, body);

        Member storage member = _members[actor];
        address mainSigner = _mainAfter(member.mainSigner, body.newKey, body.newKind);
        // A key that has an end, even a later one, is looked up where the end stands.
        if (_keyOf(mainSigner) == body.oldKey) mainSigner = address(0);
        member.mainSigner = mainSigner;
    }

    /// @inheritdoc IMemberRegistry
    function freezeSigners(address member, bool frozen, bytes32 reasonCode) external restricted {
        _requireMember(member);

        _members[member].frozen = frozen;

        emit SignersFrozen(member, frozen, reasonCode);
    }

    // --------------------------------------------------------------------------------
    // guardians and family

    /// @inheritdoc IMemberRegistry
    function assignGuardian(
        address actor,
        bytes32,
        AssignGuardian calldata body
    ) external restricted {
        _requireKeeper(actor);
        _requireMember(body.member);
        _requireMember(body.guardian);
        if (body.member == body.guardian) revert NotNearRelative(body.member, body.guardian);
        // Who opened the wallet has taken the account over: nobody else gives it a new guardian.
        bool longer = body.untilDay > _guardians[body.member][body.guardian];
        if (longer && _members[body.member].walletOpen) {
            revert NotOwner(actor, bytes32(uint256(uint160(body.member))));
        }

        _guardians[body.member][body.guardian] = body.untilDay;

        emit GuardianAssigned(body.member, body.guardian, body.untilDay);
    }

    /// @inheritdoc IMemberRegistry
    function linkFamily(address actor, bytes32, LinkFamily calldata body) external restricted {
        _requireMember(actor);
        _requireMember(body.relative);
        if (body.relation == Relation.NONE || body.relative == actor) {
            revert NotNearRelative(actor, body.relative);
        }

        _relations[actor][body.relative] = body.relation;

        emit FamilyLinked(actor, body.relative, body.relation);
    }

    /// @inheritdoc IMemberRegistry
    function endFamilyLink(
        address actor,
        bytes32,
        EndFamilyLink calldata body
    ) external restricted {
        if (_relations[actor][body.relative] == Relation.NONE) {
            revert FamilyLinkInactive(actor, body.relative);
        }

        _relations[actor][body.relative] = Relation.NONE;

        emit FamilyLinkEnded(actor, body.relative);
    }

    // --------------------------------------------------------------------------------
    // views

    /// @inheritdoc IMemberRegistry
    function exists(address member) external view returns (bool) {
        return _members[member].exists;
    }

    /// @inheritdoc IMemberRegistry
    function walletOpen(address member) external view returns (bool) {
        return _members[member].walletOpen;
    }

    /// @inheritdoc IMemberRegistry
    function categoriesOf(address member) external view returns (uint32) {
        return _members[member].categories;
    }

    /// @inheritdoc IMemberRegistry
    function relationOf(address holder, address relative) external view returns (Relation) {
        return _relations[holder][relative];
    }

    /// @inheritdoc IMemberRegistry
    function isGuardian(address member, address guardian) external view returns (bool) {
        // A frozen member cannot act through a guardian either. Day zero, of nobody, is past.
        return !_members[member].frozen && Days.today() < _guardians[member][guardian];
    }

    // --------------------------------------------------------------------------------
    // internals

    /// @inheritdoc SignerBook
    function _accountOf(
        address account,
        bytes32 key,
        SignerKind kind
    ) internal view override returns (bool isMain, bool frozen) {
        Member storage member = _members[account];
        (bytes32 mainKey, bool isFrozen) = (_keyOf(member.mainSigner), member.frozen);
        return (key != 0 && key == mainKey && kind == SignerKind.SECP256K1, isFrozen);
    }

    /// @dev The main signer once a key was added. A key beyond an address fits nobody: it must
    /// not be cut down to one that does.
    function _mainAfter(
        address mainSigner,
        bytes32 newKey,
        SignerKind kind
    ) private pure returns (address) {
        address added = address(uint160(uint256(newKey)));
        bool fits = newKey != 0 && _keyOf(added) == newKey && kind == SignerKind.SECP256K1;
        return fits ? added : mainSigner;
    }

    /// @dev A signer's address as the key it has in the SignerBook.
    function _keyOf(address signer) private pure returns (bytes32) {
        return bytes32(uint256(uint160(signer)));
    }

    function _requireMember(address member) private view {
        if (!_members[member].exists) revert MemberUnknown(member);
    }

    /// @dev Only an active OPERATOR or INSURER keeps the list of members.
    function _requireKeeper(address actor) private view {
        OrganisationKind kind = PROVIDERS.activeKindOf(actor);
        if (kind != OrganisationKind.OPERATOR && kind != OrganisationKind.INSURER) {
            revert RoleMissing(actor, "OPERATOR");
        }
    }
}
