// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Relation } from "../types/Parties.sol";
import {
    AssignGuardian,
    EndFamilyLink,
    LinkFamily,
    OpenMember,
    OpenWallet,
    RotateSigner
} from "../types/Intents.sol";
import { ISignerBook } from "./ISignerBook.sol";

/// @title Members: opaque account ids with rotating signers, guardians and family links. No
/// personal data.
/// @dev State-changing calls are restricted to the IntentRouter, which has verified the actor's
/// signature.
interface IMemberRegistry is ISignerBook {
    event MemberOpened(
        address indexed member, bytes32 identityCommitment, uint32 categories, address openedBy
    );
    event WalletOpened(address indexed member, bytes32 termsHash);
    event GuardianAssigned(address indexed member, address indexed guardian, int32 untilDay);
    event FamilyLinked(address indexed holder, address indexed relative, Relation relation);
    event FamilyLinkEnded(address indexed holder, address indexed relative);

    /// @notice Registers a member account id with its first signer. Actor: an active OPERATOR or
    /// INSURER.
    /// @dev Reverts `RoleMissing`, `AlreadyExists` (account or commitment), `SignerTaken`.
    function open(address actor, bytes32 digest, OpenMember calldata body) external;

    /// @notice The member opens the own wallet and accepts the terms of that hash. Reverts
    /// `MemberUnknown`.
    function openWallet(address actor, bytes32 digest, OpenWallet calldata body) external;

    /// @notice Adds a signer and ends another, with an overlap. Reverts `SignerTaken`,
    /// `NotOwner` (old key not the actor's).
    function rotateSigner(address actor, bytes32 digest, RotateSigner calldata body) external;

    /// @notice Names the guardian of a minor until a policy day (the day of majority), or ends
    /// what was named. Actor: OPERATOR or INSURER.
    /// @dev A guardian signs for the member's money, so a new or longer term is given only before
    /// the wallet was opened (by the member or by an earlier guardian); after that terms can only
    /// be shortened. Reverts `RoleMissing`, `MemberUnknown`, `NotNearRelative` (own guardian),
    /// `NotOwner`.
    function assignGuardian(address actor, bytes32 digest, AssignGuardian calldata body) external;

    /// @notice The holder lets a near relative's care be paid from the own MEDICAL pocket; both
    /// have signed.
    /// @dev Reverts `MemberUnknown`, `NotNearRelative` (relation NONE or self).
    function linkFamily(address actor, bytes32 digest, LinkFamily calldata body) external;

    /// @notice Ends a link at once, by the holder. Reverts `FamilyLinkInactive`.
    function endFamilyLink(address actor, bytes32 digest, EndFamilyLink calldata body) external;

    /// @notice Freezes or releases all signers of a member. Restricted to WalletOperations.
    function freezeSigners(address member, bool frozen, bytes32 reasonCode) external;

    /// @notice Whether the id is a registered member.
    function exists(address member) external view returns (bool);

    /// @notice Whether the member has opened a wallet.
    function walletOpen(address member) external view returns (bool);

    /// @notice The mask of AID categories of the member.
    function categoriesOf(address member) external view returns (uint32);

    /// @notice The relation of an active link from holder to relative; NONE without one.
    function relationOf(address holder, address relative) external view returns (Relation);

    /// @notice Whether `guardian` may sign for `member` now: before the day of majority, and
    /// while the member is not frozen.
    function isGuardian(address member, address guardian) external view returns (bool);
}
