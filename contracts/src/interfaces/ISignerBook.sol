// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { SignerKind, SignerStatus } from "../types/Parties.sol";

/// @title Signers of accounts: which keys may sign for an account id, and until when.
/// @dev A key is bytes32(uint160(address)) for SECP256K1 and keccak256(x ‖ y) for P256. Inside
/// one registry a key belongs to one account for ever, so two officers can never share one (four
/// eyes).
interface ISignerBook {
    /// @notice `key` may sign for `account` in [validFrom, validUntil); zero validUntil = no
    /// end.
    event SignerSet(
        address indexed account,
        bytes32 indexed key,
        SignerKind kind,
        uint64 validFrom,
        uint64 validUntil
    );
    /// @notice All signers of `account` are frozen or released.
    event SignersFrozen(address indexed account, bool frozen, bytes32 reasonCode);

    /// @notice Whether `key` may sign for `account` now.
    function signerStatus(
        address account,
        bytes32 key,
        SignerKind kind
    ) external view returns (SignerStatus status);
}
