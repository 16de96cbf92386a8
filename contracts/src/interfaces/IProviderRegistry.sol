// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Level, Region } from "../types/Ids.sol";
import { OrganisationKind, OrganisationStatus, ProviderType } from "../types/Parties.sol";
import {
    ContractProvider,
    RegisterOfficer,
    RegisterOrganisation,
    RotateSigner
} from "../types/Intents.sol";
import { ISignerBook } from "./ISignerBook.sol";

/// @title Organisations (providers, insurers, employers, channels, auditors, operators) and
/// their officers.
/// @dev Officers have account ids of their own and sign for themselves; organisations sign with
/// machine keys.
interface IProviderRegistry is ISignerBook {
    struct Organisation {
        OrganisationKind kind;
        OrganisationStatus status;
        ProviderType providerType;
        Level level;
        Region region;
        address settlementAccount;
    }

    event OrganisationRegistered(
        address indexed organisation,
        OrganisationKind kind,
        ProviderType providerType,
        Level level,
        Region region,
        address settlementAccount
    );
    event OrganisationStatusSet(
        address indexed organisation, OrganisationStatus status, bytes32 reasonCode
    );
    event ProviderContracted(address indexed provider, address indexed insurer, bool contracted);
    event OfficerRegistered(address indexed officer, address indexed organisation, uint8 roles);

    /// @notice Registers an organisation by an OPERATOR's intent. Its own money goes to the
    /// settlement account, which is an organisation's. Reverts `RoleMissing`, `AlreadyExists`,
    /// `AccountIdInvalid`, `SignerTaken`.
    function register(address actor, bytes32 digest, RegisterOrganisation calldata body) external;

    /// @notice Registers the first operator. Restricted to the deployer and closed once an
    /// operator exists.
    function bootstrap(RegisterOrganisation calldata body) external;

    /// @notice An INSURER contracts or ends a provider. Reverts `RoleMissing`,
    /// `ProviderUnknown`.
    function contractProvider(
        address actor,
        bytes32 digest,
        ContractProvider calldata body
    ) external;

    /// @notice The organisation registers an officer with roles. Reverts `AlreadyExists`,
    /// `SignerTaken`.
    function registerOfficer(
        address actor,
        bytes32 digest,
        RegisterOfficer calldata body
    ) external;

    /// @notice Adds and ends signers of the actor (organisation or officer).
    function rotateSigner(address actor, bytes32 digest, RotateSigner calldata body) external;

    /// @notice Suspends or restores an organisation. Restricted to WalletOperations.
    function setStatus(
        address organisation,
        OrganisationStatus status,
        bytes32 reasonCode
    ) external;

    /// @notice Reverts `RoleMissing(account, role)` unless an ACTIVE organisation of that kind.
    function requireKind(address account, OrganisationKind kind) external view;

    /// @notice The kind of an ACTIVE organisation, NONE for everybody else.
    function activeKindOf(address account) external view returns (OrganisationKind);

    /// @notice The officer's organisation; reverts `RoleMissing` unless the officer holds all
    /// bits of `roles` and the organisation is ACTIVE.
    function requireOfficer(
        address officer,
        uint8 roles
    ) external view returns (address organisation);

    /// @notice Whether provider and insurer have an active contract and both are ACTIVE.
    function isContracted(address provider, address insurer) external view returns (bool);

    /// @notice Level and settlement account of a provider contracted with the insurer, both
    /// ACTIVE: what a claim needs, in one read. Reverts `ProviderNotContracted`.
    function contractedProvider(
        address provider,
        address insurer
    ) external view returns (Level level, address settlementAccount);

    /// @notice The organisation; reverts `ProviderUnknown`.
    function organisationOf(address organisation) external view returns (Organisation memory);
}
