// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ECDSA } from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import { P256 } from "@openzeppelin/contracts/utils/cryptography/P256.sol";
import { ISignerBook } from "../../interfaces/ISignerBook.sol";
import { IMemberRegistry } from "../../interfaces/IMemberRegistry.sol";
import {
    BodyNotCanonical,
    KindUnknown,
    SignatureInvalid,
    SignerFrozen
} from "../../types/Errors.sol";
import { SignerKind, SignerStatus } from "../../types/Parties.sol";
import { IntentRules } from "./IntentRules.sol";
import { IntentTypes } from "./IntentTypes.sol";
import { IntentKind } from "../../types/Intents.sol";

/// @title Reads items that may be garbage, hashes their bodies, checks their signatures.
/// @dev Nothing here reverts for any bytes of an item: every place is compared with the length
/// before it is read, because one bad item must not stop its neighbours.
library IntentVerifier {
    uint256 private constant WORD = 32;
    uint256 private constant LINE_BYTES = 160;

    // The words of an envelope, the kind first. Spelt out, because the compiler would multiply
    // at every use.
    uint256 private constant ACTOR_AT = 32;
    uint256 private constant NONCE_AT = 64;
    uint256 private constant DEADLINE_AT = 96;
    uint256 private constant BODY_AT = 128;
    uint256 private constant SIGNATURES_AT = 160;
    uint256 private constant ENVELOPE_BYTES = 192;

    // The words of a signature, the account first.
    uint256 private constant SIGNER_KIND_AT = 32;
    uint256 private constant DATA_AT = 64;
    uint256 private constant SIGNATURE_BYTES = 96;

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

    /// @dev Item `index` of the batch in msg.data, up to the end of the calldata; empty if its
    /// place is beyond. `table` is where the array's offsets start.
    function itemAt(
        bytes calldata data,
        uint256 table,
        uint256 index
    ) internal pure returns (bytes calldata raw) {
        unchecked {
            uint256 offset = _word(data, table + index * WORD);
            uint256 length = data.length - table;
            if (offset > length) return _part(data, 0, 0);
            return _part(data, table + offset, length - offset);
        }
    }

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
        body = signatures = _part(raw, 0, 0);
        if (raw.length < ENVELOPE_BYTES) {
            return (BodyNotCanonical.selector, item, body, signatures);
        }
        // The item has more than a word, so nothing underflows.
        unchecked {
            bool readable;
            (readable, body) = _bytesAt(raw, _word(raw, BODY_AT));
            uint256 place = _word(raw, SIGNATURES_AT);
            if (!readable || place > raw.length - WORD) {
                return (BodyNotCanonical.selector, item, body, signatures);
            }
            signatures = _part(raw, place, raw.length - place);
        }
        problem = _readEnvelope(raw, item);
        if (problem == 0 && !isCanonical(item.rule, body)) problem = BodyNotCanonical.selector;
    }

    /// @dev Whether a body is the one encoding of its struct: exact length and offset, no dirty
    /// padding. The words themselves are checked by the handler's own decoder.
    function isCanonical(
        IntentRules.Rule rule,
        bytes calldata body
    ) internal pure returns (bool) {
        // Nothing overflows: a count above the length of the calldata is refused first.
        unchecked {
            IntentRules.Shape shape = IntentRules.shapeOf(rule);
            uint256 head = IntentRules.wordsOf(rule) * WORD;
            if (shape == IntentRules.Shape.STATIC) return body.length == head;
            if (body.length < head + 2 * WORD || _word(body, head) != head + WORD) return false;

            uint256 count = _word(body, head + WORD);
            if (count > body.length) return false;
            uint256 tail = body.length - head - 2 * WORD;
            if (shape == IntentRules.Shape.LINES) return tail == count * LINE_BYTES;
            uint256 used = count % WORD;
            if (used == 0) return tail == count;
            if (tail != count + WORD - used) return false;
            return _word(body, body.length - WORD) << (used * 8) == 0;
        }
    }

    // --------------------------------------------------------------------------------
    // hashing

    /// @dev hashStruct of a canonical body behind its envelope.
    function structHash(Item memory item, bytes calldata body) internal pure returns (bytes32) {
        // The body is canonical, so it holds its static words and what their end announces.
        unchecked {
            uint256 head = IntentRules.wordsOf(item.rule) * WORD;
            bytes memory encoded = abi.encodePacked(
                IntentTypes.typeHashOf(item.kind),
                uint256(uint160(item.actor)),
                item.nonce,
                uint256(item.deadline),
                _part(body, 0, head)
            );
            IntentRules.Shape shape = IntentRules.shapeOf(item.rule);
            if (shape == IntentRules.Shape.STATIC) return keccak256(encoded);

            uint256 tail = head + 2 * WORD;
            uint256 count = _word(body, tail - WORD);
            bytes32 tailHash = shape == IntentRules.Shape.LINES
                ? _hashLines(body, tail, count)
                : keccak256(_part(body, tail, count));
            return keccak256(bytes.concat(encoded, tailHash));
        }
    }

    // --------------------------------------------------------------------------------
    // signatures

    /// @dev How many signatures an item carries.
    function countOf(bytes calldata signatures) internal pure returns (uint256) {
        return _word(signatures, 0);
    }

    /// @dev Zero if signature `index` is good for the account, else the selector of what is
    /// wrong. For a member the key may be that of an active guardian.
    function checkSignature(
        IMemberRegistry members,
        ISignerBook book,
        address account,
        bytes32 digest,
        bytes calldata signatures,
        uint256 index
    ) internal view returns (bytes4) {
        (address signer, SignerKind kind, bytes32 key) = _recover(signatures, index, digest);
        if (key == 0) return SignatureInvalid.selector;
        if (
            signer != account
                && (address(book) != address(members) || !members.isGuardian(account, signer))
        ) {
            return SignatureInvalid.selector;
        }
        SignerStatus status = book.signerStatus(signer, key, kind);
        if (status == SignerStatus.ACTIVE) return 0;
        return status == SignerStatus.FROZEN ? SignerFrozen.selector : SignatureInvalid.selector;
    }

    // --------------------------------------------------------------------------------
    // internals

    /// @dev Fills in kind, actor, nonce, deadline and rule.
    function _readEnvelope(
        bytes calldata raw,
        Item memory item
    ) private pure returns (bytes4 problem) {
        uint256 kind = _word(raw, 0);
        uint256 actor = _word(raw, ACTOR_AT);
        uint256 deadline = _word(raw, DEADLINE_AT);
        if (actor > type(uint160).max || deadline > type(uint64).max) {
            return BodyNotCanonical.selector;
        }
        item.actor = address(uint160(actor));
        if (kind == 0 || kind > uint256(type(IntentKind).max)) return KindUnknown.selector;
        item.kind = IntentKind(kind);
        item.nonce = _word(raw, NONCE_AT);
        item.deadline = uint64(deadline);
        item.rule = IntentRules.ruleOf(item.kind);
    }

    /// @dev Signature `index`: who says to have signed, and the key that did; key zero if the
    /// bytes are no signature at all.
    function _recover(
        bytes calldata signatures,
        uint256 index,
        bytes32 digest
    ) private view returns (address signer, SignerKind kind, bytes32 key) {
        // Nothing overflows: a place above the length is refused before it is added to.
        unchecked {
            // Places in the table count from behind the number of signatures.
            bytes calldata table = _part(signatures, WORD, signatures.length - WORD);
            if (table.length < (index + 1) * WORD) return (signer, kind, 0);
            uint256 place = _word(table, index * WORD);
            if (place > table.length || table.length - place < SIGNATURE_BYTES) {
                return (signer, kind, 0);
            }
            bytes calldata one = _part(table, place, table.length - place);
            (bool readable, bytes calldata data) = _bytesAt(one, _word(one, DATA_AT));
            if (
                !readable || _word(one, 0) > type(uint160).max
                    || _word(one, SIGNER_KIND_AT) > uint256(type(SignerKind).max)
            ) {
                return (signer, kind, 0);
            }
            signer = address(uint160(_word(one, 0)));
            kind = SignerKind(_word(one, SIGNER_KIND_AT));
            key = kind == SignerKind.P256
                ? _keyOfP256(digest, data)
                : _keyOfSecp256k1(digest, data);
        }
    }

    function _keyOfSecp256k1(
        bytes32 digest,
        bytes calldata data
    ) private pure returns (bytes32) {
        // Refuses any length but 65, a high s, and a v other than 27 or 28: the address is zero.
        // slither-disable-next-line unused-return
        (address recovered,,) = ECDSA.tryRecoverCalldata(digest, data);
        return bytes32(uint256(uint160(recovered)));
    }

    function _keyOfP256(bytes32 digest, bytes calldata data) private view returns (bytes32) {
        if (data.length != 4 * WORD) return 0;
        (bytes32 r, bytes32 s, bytes32 x, bytes32 y) =
            abi.decode(data, (bytes32, bytes32, bytes32, bytes32));
        // Refuses a high s and a point off the curve.
        return P256.verify(digest, r, s, x, y) ? keccak256(bytes.concat(x, y)) : bytes32(0);
    }

    /// @dev hashStruct of a list of lines. In assembly, because the copies that Solidity makes of
    /// each line cost 2,000 gas a claim; a canonical body holds `count` lines.
    function _hashLines(
        bytes calldata body,
        uint256 start,
        uint256 count
    ) private pure returns (bytes32 hash) {
        bytes32 typeHash = IntentTypes.LINE_TYPE_HASH;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            // The type hash with one line behind it, and the hashes from there on: beyond the
            // free pointer, because nobody needs them afterwards.
            let encoded := mload(0x40)
            let hashes := add(encoded, add(WORD, LINE_BYTES))
            let next := hashes
            mstore(encoded, typeHash)
            let line := add(body.offset, start)
            for { let end := add(line, mul(count, LINE_BYTES)) } lt(line, end) { } {
                calldatacopy(add(encoded, WORD), line, LINE_BYTES)
                mstore(next, keccak256(encoded, add(WORD, LINE_BYTES)))
                next := add(next, WORD)
                line := add(line, LINE_BYTES)
            }
            hash := keccak256(hashes, sub(next, hashes))
        }
    }

    /// @dev The dynamic bytes whose length stands at `place`; unreadable if they reach beyond.
    /// The data have a word at least: every caller has looked.
    function _bytesAt(
        bytes calldata data,
        uint256 place
    ) private pure returns (bool readable, bytes calldata part) {
        part = _part(data, 0, 0);
        unchecked {
            if (place > data.length - WORD) return (false, part);
            uint256 length = _word(data, place);
            place += WORD;
            if (length > data.length - place) return (false, part);
            return (true, _part(data, place, length));
        }
    }

    /// @dev The word at a place. In assembly, because a checked slice costs thirty times as
    /// much; every caller has compared the place with the length.
    function _word(bytes calldata data, uint256 place) private pure returns (uint256 word) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            word := calldataload(add(data.offset, place))
        }
    }

    /// @dev A part of the bytes, unchecked like `_word`.
    function _part(
        bytes calldata data,
        uint256 start,
        uint256 length
    ) private pure returns (bytes calldata part) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            // The two halves of one reference.
            // slither-disable-next-line write-after-write
            part.offset := add(data.offset, start)
            part.length := length
        }
    }
}
