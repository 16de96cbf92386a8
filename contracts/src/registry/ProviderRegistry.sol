// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { IProviderRegistry } from "../interfaces/IProviderRegistry.sol";
import { Accounts } from "../libraries/money/Accounts.sol";
import {
    AccountIdInvalid,
    AlreadyExists,
    KindUnknown,
    ProviderNotContracted,
    ProviderUnknown,
    RoleMissing
} from "../types/Errors.sol";
import { Level } from "../types/Ids.sol";
import {
    ContractProvider,
    RegisterOfficer,
    RegisterOrganisation,
    RotateSigner
} from "../types/Intents.sol";
import {
    OrganisationKind,
    OrganisationStatus,
    ProviderType,
    SignerKind
} from "../types/Parties.sol";
import { SignerBook } from "./SignerBook.sol";

/// @title Organisations, their contracts with insurers, their officers and signers.
/// @dev Storage layout: slot 0 SignerBook; slot 1 AccessManaged (authority); slot 2
/// `_organisations`: organisation → two slots {kind 8, status 8, providerType 8, level 128,
/// region 96}, {settlementAccount 160}; slot 3 `_officers`: officer → one slot {organisation 160,
/// roles 8}; slot 4 `_contracts`: provider → insurer → contracted; slot 5 {bootstrapped 8}.
contract ProviderRegistry is IProviderRegistry, SignerBook, AccessManaged {
    // --------------------------------------------------------------------------------
    // storage

    struct Officer {
        address organisation;
        uint8 roles;
    }

    mapping(address organisation => Organisation record) private _organisations;
    mapping(address officer => Officer record) private _officers;
    mapping(address provider => mapping(address insurer => bool contracted)) private _contracts;
    bool private _bootstrapped;

    // --------------------------------------------------------------------------------
    // constructor

    constructor(address authority_) AccessManaged(authority_) { }

    // --------------------------------------------------------------------------------
    // organisations

    /// @inheritdoc IProviderRegistry
    function register(
        address actor,
        bytes32,
        RegisterOrganisation calldata body
    ) external restricted {
        requireKind(actor, OrganisationKind.OPERATOR);
        _register(body);
    }

    /// @inheritdoc IProviderRegistry
    function bootstrap(RegisterOrganisation calldata body) external restricted {
        if (_bootstrapped) revert AlreadyExists("OPERATOR");
        if (body.kind != OrganisationKind.OPERATOR) revert KindUnknown(uint256(body.kind));

        _bootstrapped = true;
        _register(body);
    }

    /// @inheritdoc IProviderRegistry
    function setStatus(
        address organisation,
        OrganisationStatus status,
        bytes32 reasonCode
    ) external restricted {
        if (_organisations[organisation].kind == OrganisationKind.NONE) {
            revert ProviderUnknown(organisation);
        }
        if (status == OrganisationStatus.NONE) revert KindUnknown(uint256(status));

        _organisations[organisation].status = status;

        emit OrganisationStatusSet(organisation, status, reasonCode);
    }

    /// @inheritdoc IProviderRegistry
    function contractProvider(
        address actor,
        bytes32,
        ContractProvider calldata body
    ) external restricted {
        requireKind(actor, OrganisationKind.INSURER);
        if (_organisations[body.provider].kind != OrganisationKind.PROVIDER) {
            revert ProviderUnknown(body.provider);
        }

        _contracts[body.provider][actor] = body.contracted;

        emit ProviderContracted(body.provider, actor, body.contracted);
    }

    // --------------------------------------------------------------------------------
    // officers and signers

    /// @inheritdoc IProviderRegistry
    function registerOfficer(
        address actor,
        bytes32,
        RegisterOfficer calldata body
    ) external restricted {
        if (!_isActive(actor)) {
            revert RoleMissing(actor, "ORGANISATION");
        }
        _requireFree(body.officer);

        _officers[body.officer] = Officer(actor, body.roles);

        emit OfficerRegistered(body.officer, actor, body.roles);
        _addSigner(body.officer, body.signerKey, body.signerKind);
    }

    /// @inheritdoc IProviderRegistry
    function rotateSigner(
        address actor,
        bytes32,
        RotateSigner calldata body
    ) external restricted {
        if (!_isTaken(actor)) revert ProviderUnknown(actor);
        _rotateSigner(actor, body);
    }

    // --------------------------------------------------------------------------------
    // views

    /// @inheritdoc IProviderRegistry
    function requireKind(address account, OrganisationKind kind) public view {
        if (kind == OrganisationKind.NONE || activeKindOf(account) != kind) {
            revert RoleMissing(account, _roleOf(kind));
        }
    }

    /// @inheritdoc IProviderRegistry
    function activeKindOf(address account) public view returns (OrganisationKind) {
        return _isActive(account) ? _organisations[account].kind : OrganisationKind.NONE;
    }

    /// @inheritdoc IProviderRegistry
    function requireOfficer(
        address officer,
        uint8 roles
    ) external view returns (address organisation) {
        Officer memory found = _officers[officer];
        if (found.roles & roles != roles || !_isActive(found.organisation)) {
            revert RoleMissing(officer, "OFFICER");
        }
        return found.organisation;
    }

    /// @inheritdoc IProviderRegistry
    function isContracted(address provider, address insurer) external view returns (bool) {
        return _contracts[provider][insurer] && _isActive(provider) && _isActive(insurer);
    }

    /// @inheritdoc IProviderRegistry
    function contractedProvider(
        address provider,
        address insurer
    ) external view returns (Level level, address settlementAccount) {
        Organisation storage found = _organisations[provider];
        OrganisationStatus status = found.status;
        level = found.level;
        bool contracted = status == OrganisationStatus.ACTIVE && _contracts[provider][insurer]
            && _isActive(insurer);
        if (!contracted) revert ProviderNotContracted(provider, insurer);
        settlementAccount = found.settlementAccount;
    }

    /// @inheritdoc IProviderRegistry
    function organisationOf(address organisation) external view returns (Organisation memory) {
        Organisation memory found = _organisations[organisation];
        if (found.kind == OrganisationKind.NONE) revert ProviderUnknown(organisation);
        return found;
    }

    // --------------------------------------------------------------------------------
    // internals

    /// @inheritdoc SignerBook
    /// @dev A suspended organisation is frozen, and so is each of its officers. No id is both, so
    /// an active organisation is not looked for among the officers.
    function _accountOf(
        address account,
        bytes32,
        SignerKind
    ) internal view override returns (bool isMain, bool frozen) {
        return (false, !_isActive(account) && !_isActive(_officers[account].organisation));
    }

    function _register(RegisterOrganisation calldata body) private {
        _requireFree(body.organisation);
        // A reversal takes from it: never from a member or a fund.
        if (!Accounts.isOrganisationId(body.settlementAccount)) {
            revert AccountIdInvalid(body.settlementAccount);
        }
        bool isProvider = body.kind == OrganisationKind.PROVIDER;
        // Exactly the providers have a type.
        if (
            body.kind == OrganisationKind.NONE
                || isProvider == (body.providerType == ProviderType.NONE)
        ) {
            revert KindUnknown(uint256(body.kind));
        }

        _organisations[body.organisation] = Organisation({
            kind: body.kind,
            status: OrganisationStatus.ACTIVE,
            providerType: body.providerType,
            level: body.level,
            region: body.region,
            settlementAccount: body.settlementAccount
        });

        emit OrganisationRegistered(
            body.organisation,
            body.kind,
            body.providerType,
            body.level,
            body.region,
            body.settlementAccount
        );
        _addSigner(body.organisation, body.signerKey, body.signerKind);
    }

    function _isActive(address organisation) private view returns (bool) {
        return _organisations[organisation].status == OrganisationStatus.ACTIVE;
    }

    function _isTaken(address account) private view returns (bool) {
        return _organisations[account].kind != OrganisationKind.NONE
            || _officers[account].organisation != address(0);
    }

    /// @dev A new organisation or officer needs an id of the right kind that nobody has.
    function _requireFree(address account) private view {
        if (!Accounts.isOrganisationId(account)) revert AccountIdInvalid(account);
        if (_isTaken(account)) revert AlreadyExists(bytes32(uint256(uint160(account))));
    }

    /// @dev The role id of domain.md section 2 as left-aligned text.
    function _roleOf(OrganisationKind kind) private pure returns (bytes32) {
        if (kind == OrganisationKind.PROVIDER) return "PROVIDER";
        if (kind == OrganisationKind.INSURER) return "INSURER";
        if (kind == OrganisationKind.EMPLOYER) return "EMPLOYER";
        if (kind == OrganisationKind.CHANNEL) return "CHANNEL";
        if (kind == OrganisationKind.AUDITOR) return "AUDITOR";
        if (kind == OrganisationKind.OPERATOR) return "OPERATOR";
        return 0;
    }
}
