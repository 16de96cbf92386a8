// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ECDSA } from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import { P256 } from "@openzeppelin/contracts/utils/cryptography/P256.sol";
import { ISignerBook } from "../interfaces/ISignerBook.sol";
import { IMemberRegistry } from "../interfaces/IMemberRegistry.sol";
import {
    BodyNotCanonical,
    KindUnknown,
    SignatureInvalid,
    SignerFrozen
} from "../types/Errors.sol";
import { SignerKind, SignerStatus } from "../types/Parties.sol";
import { IntentRules } from "./IntentRules.sol";
import { IntentTypes } from "./IntentTypes.sol";
import { IntentKind } from "../types/Intents.sol";

/// @title Reads items that may be garbage, hashes their bodies, checks their signatures.
/// @dev Nothing here reverts for any bytes of an item: every place is compared with the length
/// before it is read, because one bad item must not stop its neighbours.
library IntentVerifier {
    uint256 private constant WORD = IntentRules.WORD;

    /// @dev kind, actor, nonce, deadline, place of the body, place of the signatures.
    uint256 private constant ENVELOPE_WORDS = 6;

    /// @dev account, kind, place of the data.
    uint256 private constant SIGNATURE_WORDS = 3;

    /// @dev An item without its dynamic parts. `digest` is filled in by the router, whose domain
    /// it belongs to.
    struct Item {
        IntentKind kind;
        address actor;
        uint256 nonce;
        uint64 deadline;
        bytes32 digest;
        IntentRules.Rule rule;
    }

    // --------------------------------------------------------------------------------
    // reading

    /// @dev Reads an item up to a canonical body; `problem` is the selector of what is wrong.
    /// What was read before the problem stays in `item`. `signatures` starts at their count.
    function decode(bytes calldata raw)
        internal
        pure
        returns (
            bytes4 problem,
            Item memory item,
            bytes calldata body,
            bytes calldata signatures
        )
    {
        body = signatures = raw[:0];
        if (raw.length < ENVELOPE_WORDS * WORD) {
            return (BodyNotCanonical.selector, item, body, signatures);
        }
        uint256 bodyAt = _word(raw, 4 * WORD);
        uint256 signaturesAt = _word(raw, 5 * WORD);
        bool readable;
        (readable, body) = _bytesAt(raw, bodyAt);
        if (!readable || signaturesAt > raw.length - WORD) {
            return (BodyNotCanonical.selector, item, body, signatures);
        }
        signatures = raw[signaturesAt:];
        problem = _readEnvelope(raw, item);
        if (problem == 0 && !isCanonical(item.rule, body)) problem = BodyNotCanonical.selector;
    }

    /// @dev Whether a body is the one encoding of its struct: exact length and offset, no dirty
    /// padding. The words themselves are checked by the handler's own decoder.
    function isCanonical(
        IntentRules.Rule memory rule,
        bytes calldata body
    ) internal pure returns (bool) {
        uint256 head = rule.words * WORD;
        if (rule.shape == IntentRules.Shape.STATIC) return body.length == head;
        if (body.length < head + 2 * WORD || _word(body, head) != head + WORD) return false;

        uint256 count = _word(body, head + WORD);
        // Also keeps the arithmetic below from overflowing.
        if (count > body.length) return false;
        uint256 tail = body.length - head - 2 * WORD;
        if (rule.shape == IntentRules.Shape.LINES) {
            return tail == count * IntentRules.LINE_WORDS * WORD;
        }
        uint256 used = count % WORD;
        if (used == 0) return tail == count;
        return tail == count + WORD - used && _word(body, body.length - WORD) << (used * 8) == 0;
    }

    // --------------------------------------------------------------------------------
    // hashing

    /// @dev hashStruct of a canonical body behind its envelope.
    function structHash(Item memory item, bytes calldata body) internal pure returns (bytes32) {
        IntentRules.Rule memory rule = item.rule;
        bytes memory head = abi.encodePacked(
            IntentTypes.typeHashOf(item.kind),
            uint256(uint160(item.actor)),
            item.nonce,
            uint256(item.deadline),
            body[:rule.words * WORD]
        );
        if (rule.shape == IntentRules.Shape.STATIC) return keccak256(head);

        uint256 tail = (rule.words + 2) * WORD;
        bytes32 tailHash;
        if (rule.shape == IntentRules.Shape.LINES) {
            tailHash = _hashLines(body[tail:]);
        } else {
            uint256 length = _word(body, tail - WORD);
            tailHash = keccak256(body[tail:tail + length]);
        }
        return keccak256(bytes.concat(head, tailHash));
    }

    // --------------------------------------------------------------------------------
    // signatures

    /// @dev Zero if the accounts' signatures are good, else the selector of what is wrong. An
    /// item carries exactly one signature for each account, in their order.
    function checkSignatures(
        IMemberRegistry members,
        ISignerBook[2] memory books,
        address[] memory accounts,
        bytes32 digest,
        bytes calldata signatures
    ) internal view returns (bytes4) {
        if (_word(signatures, 0) != accounts.length) {
            return SignatureInvalid.selector;
        }
        for (uint256 i = 0; i < accounts.length; ++i) {
            (address signer, SignerKind kind, bytes32 key) =
                _recover(signatures[WORD:], i, digest);
            bool allowed = signer == accounts[i]
                || (address(books[i]) == address(members)
                    && members.isGuardian(accounts[i], signer));
            if (!allowed || key == 0) return SignatureInvalid.selector;
            SignerStatus status = books[i].signerStatus(signer, key, kind);
            if (status == SignerStatus.FROZEN) return SignerFrozen.selector;
            if (status != SignerStatus.ACTIVE) return SignatureInvalid.selector;
        }
        return 0;
    }

    // --------------------------------------------------------------------------------
    // internals

    /// @dev Fills in kind, actor, nonce, deadline and rule.
    function _readEnvelope(
        bytes calldata raw,
        Item memory item
    ) private pure returns (bytes4 problem) {
        (uint256 kind, uint256 actor, uint256 nonce, uint256 deadline) =
            abi.decode(raw, (uint256, uint256, uint256, uint256));
        if (actor > type(uint160).max || deadline > type(uint64).max) {
            return BodyNotCanonical.selector;
        }
        item.actor = address(uint160(actor));
        if (kind == 0 || kind > uint256(type(IntentKind).max)) return KindUnknown.selector;
        item.kind = IntentKind(kind);
        item.nonce = nonce;
        item.deadline = uint64(deadline);
        item.rule = IntentRules.ruleOf(item.kind);
    }

    /// @dev Signature `index` of a table: who says to have signed, and the key that did; key
    /// zero if the bytes are no signature at all.
    function _recover(
        bytes calldata table,
        uint256 index,
        bytes32 digest
    ) private view returns (address signer, SignerKind kind, bytes32 key) {
        if (table.length < (index + 1) * WORD) return (signer, kind, 0);
        uint256 place = _word(table, index * WORD);
        if (place > table.length || table.length - place < SIGNATURE_WORDS * WORD) {
            return (signer, kind, 0);
        }
        bytes calldata one = table[place:];
        (uint256 account, uint256 kindNumber, uint256 dataAt) =
            abi.decode(one, (uint256, uint256, uint256));
        (bool readable, bytes calldata data) = _bytesAt(one, dataAt);
        if (
            !readable || account > type(uint160).max
                || kindNumber > uint256(type(SignerKind).max)
        ) {
            return (signer, kind, 0);
        }
        kind = SignerKind(kindNumber);
        signer = address(uint160(account));
        key = kind == SignerKind.P256 ? _keyOfP256(digest, data) : _keyOfSecp256k1(digest, data);
    }

    function _keyOfSecp256k1(
        bytes32 digest,
        bytes calldata data
    ) private pure returns (bytes32) {
        // Refuses any length but 65, a high s, and a v other than 27 or 28: the address is zero.
        (address recovered,,) = ECDSA.tryRecoverCalldata(digest, data);
        return bytes32(uint256(uint160(recovered)));
    }

    function _keyOfP256(bytes32 digest, bytes calldata data) private view returns (bytes32) {
        if (data.length != 4 * WORD) return 0;
        (bytes32 r, bytes32 s, bytes32 x, bytes32 y) =
            abi.decode(data, (bytes32, bytes32, bytes32, bytes32));
        return P256.verify(digest, r, s, x, y) ? keccak256(data[2 * WORD:]) : bytes32(0);
    }

    function _hashLines(bytes calldata lines) private pure returns (bytes32) {
        uint256 size = IntentRules.LINE_WORDS * WORD;
        bytes32[] memory hashes = new bytes32[](lines.length / size);
        for (uint256 i = 0; i < hashes.length; ++i) {
            hashes[i] = keccak256(
                bytes.concat(IntentTypes.LINE_TYPE_HASH, lines[i * size:(i + 1) * size])
            );
        }
        return keccak256(abi.encodePacked(hashes));
    }

    /// @dev The dynamic bytes whose length stands at `place`; not readable if they reach beyond.
    function _bytesAt(
        bytes calldata data,
        uint256 place
    ) private pure returns (bool readable, bytes calldata part) {
        part = data[:0];
        if (data.length < WORD || place > data.length - WORD) return (false, part);
        uint256 length = _word(data, place);
        uint256 start = place + WORD;
        if (length > data.length - start) return (false, part);
        return (true, data[start:start + length]);
    }

    function _word(bytes calldata data, uint256 place) private pure returns (uint256) {
        return uint256(bytes32(data[place:place + WORD]));
    }
}
