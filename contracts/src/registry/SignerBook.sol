// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ISignerBook } from "../interfaces/ISignerBook.sol";
import { NotOwner, SignerTaken } from "../types/Errors.sol";
import { RotateSigner } from "../types/Intents.sol";
import { SignerKind, SignerStatus } from "../types/Parties.sol";

/// @title Signers by key, for the two registries that have accounts.
/// @dev Storage layout, one slot: `_signers`: key → {account 160, validFrom 40, validUntil 40,
/// kind 8}, so a look-up is one cold read. A key stays with its account after its end.
abstract contract SignerBook is ISignerBook {
    // --------------------------------------------------------------------------------
    // storage

    struct Signer {
        address account;
        uint40 validFrom;
        uint40 validUntil;
        SignerKind kind;
    }

    mapping(bytes32 key => Signer signer) private _signers;

    // --------------------------------------------------------------------------------
    // views

    /// @inheritdoc ISignerBook
    function signerStatus(
        address account,
        bytes32 key,
        SignerKind kind
    ) external view returns (SignerStatus) {
        (bool isMain, bool frozen) = _accountOf(account, key, kind);
        if (!isMain && !_isSigner(account, key, kind)) return SignerStatus.UNKNOWN;
        return frozen ? SignerStatus.FROZEN : SignerStatus.ACTIVE;
    }

    // --------------------------------------------------------------------------------
    // internals

    /// @dev Whether the account's own record says that the key is good, so that `_signers` need
    /// not be read, and whether no signer of this account may sign now.
    function _accountOf(
        address account,
        bytes32 key,
        SignerKind kind
    ) internal view virtual returns (bool isMain, bool frozen);

    /// @dev Gives a key to an account for ever; a zero key means that it has none yet.
    function _addSigner(address account, bytes32 key, SignerKind kind) internal {
        if (key == 0) return;
        if (_signers[key].account != address(0)) revert SignerTaken(key);

        uint40 validFrom = uint40(block.timestamp);
        _signers[key] = Signer(account, validFrom, 0, kind);

        emit SignerSet(account, key, kind, validFrom, 0);
    }

    /// @dev Adds and ends keys of one account. Naming neither is refused like a stranger's key.
    function _rotateSigner(address account, RotateSigner calldata body) internal {
        _addSigner(account, body.newKey, body.newKind);
        if (body.newKey == 0 || body.oldKey != 0) {
            _endSigner(account, body.oldKey, body.oldValidUntil);
        }
    }

    /// @dev Whether the key is the account's and has not ended.
    function _isSigner(
        address account,
        bytes32 key,
        SignerKind kind
    ) private view returns (bool) {
        Signer storage signer = _signers[key];
        // Side by side, so that the compiler reads the slot once. validFrom needs no check: a key
        // counts from the block that added it.
        (address owner, SignerKind ownKind, uint256 validUntil) =
            (signer.account, signer.kind, signer.validUntil);
        if (account == address(0) || owner != account || ownKind != kind) return false;
        bool ended = validUntil != 0 && block.timestamp >= validUntil;
        return !ended;
    }

    /// @dev Ends a key at `wanted`, at once if that is past. An end never moves to later:
    /// whoever stole a key that is about to end cannot keep it.
    function _endSigner(address account, bytes32 key, uint64 wanted) private {
        Signer memory signer = _signers[key];
        if (signer.account != account) revert NotOwner(account, key);

        uint256 end = wanted < block.timestamp ? block.timestamp : wanted;
        // Zero means no end; it is no balance that somebody could top up.
        // slither-disable-next-line incorrect-equality
        uint256 latest = signer.validUntil == 0 ? type(uint40).max : signer.validUntil;
        signer.validUntil = uint40(end < latest ? end : latest);
        _signers[key] = signer;

        emit SignerSet(account, key, signer.kind, signer.validFrom, signer.validUntil);
    }
}
