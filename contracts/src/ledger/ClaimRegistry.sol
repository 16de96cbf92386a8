// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { BatchAccess } from "../access/BatchAccess.sol";
import { IClaimRegistry } from "../interfaces/IClaimRegistry.sol";
import { YearCodec } from "../libraries/YearCodec.sol";
import { Accumulators, ClaimState, PendingClaim, YearWords } from "../types/ClaimTypes.sol";
import {
    ClaimNotSettled,
    ClaimNumberUsed,
    ClaimPending,
    ClaimStateInvalid,
    DuplicateClaim
} from "../types/Errors.sol";
import { ClaimId } from "../types/Ids.sol";

/// @title ClaimRegistry
/// @dev Storage layout:
/// - slot 0: authority (AccessManaged)
/// - slot 1: _claims, claim id → one slot: 248 bits of the commitment, state in the lowest byte
/// - slot 2: _fingerprints, fingerprint → the live claim that uses it
/// - slot 3: _years, keccak256(member, year) → five slots: three words of accumulators
///   (YearWords), last settled claim, pending claim; bit 255 of the second word says that there
///   is a pending claim, so that a settlement need not read the fifth slot
/// - slot 4: _pending, claim id → two slots (PendingClaim), cleared when it ends
/// - slot 5: _debts, provider → insurer → fen
contract ClaimRegistry is BatchAccess, IClaimRegistry {
    uint256 private constant STATE_MASK = 0xff;
    uint256 private constant PENDING_FLAG = 1 << 255;
    /// @dev Where the provider's id stands in the slot of a REVERSED claim.
    uint256 private constant PROVIDER_SHIFT = 96;

    struct Year {
        YearWords words;
        ClaimId lastClaim;
        ClaimId pending;
    }

    // ---------------------------------------------------------------- storage

    mapping(ClaimId claimId => uint256 slot) private _claims;
    mapping(bytes32 fingerprint => ClaimId claimId) private _fingerprints;
    mapping(bytes32 memberYear => Year) private _years;
    mapping(ClaimId claimId => PendingClaim) private _pending;
    mapping(address provider => mapping(address insurer => uint64 debtFen)) private _debts;

    // ------------------------------------------------------------ constructor

    constructor(address authority_) AccessManaged(authority_) { }

    // ----------------------------------------------------------------- claims

    /// @inheritdoc IClaimRegistry
    function recordSettled(
        ClaimId claimId,
        bytes32 commitment,
        bytes32 fingerprint,
        address member,
        uint16 year,
        YearWords calldata words
    ) external restricted {
        Year storage memberYear = _years[_key(member, year)];
        _open(memberYear, claimId, fingerprint);

        _claims[claimId] = _slot(commitment, ClaimState.SETTLED);
        _moveYear(memberYear, words, claimId);
    }

    /// @inheritdoc IClaimRegistry
    function recordAdjudicated(
        ClaimId claimId,
        bytes32 commitment,
        PendingClaim calldata pending
    ) external restricted {
        Year storage memberYear = _years[_key(pending.member, pending.year)];
        _open(memberYear, claimId, pending.fingerprint);

        _claims[claimId] = _slot(commitment, ClaimState.ADJUDICATED);
        memberYear.words.second |= PENDING_FLAG;
        memberYear.pending = claimId;
        _pending[claimId] = pending;
    }

    /// @inheritdoc IClaimRegistry
    function endPending(
        ClaimId claimId,
        ClaimState state,
        YearWords calldata words
    ) external restricted {
        uint256 slot = _claims[claimId];
        _requireState(claimId, slot, ClaimState.ADJUDICATED);
        bool released = state == ClaimState.CANCELLED || state == ClaimState.EXPIRED;
        if (!released && state != ClaimState.SETTLED) revert ClaimStateInvalid(claimId, state);
        PendingClaim memory pending = _pending[claimId];
        Year storage memberYear = _years[_key(pending.member, pending.year)];

        _claims[claimId] = _slot(bytes32(slot), state);
        memberYear.words.second &= ~PENDING_FLAG;
        memberYear.pending = ClaimId.wrap(0);
        delete _pending[claimId];
        if (released) _fingerprints[pending.fingerprint] = ClaimId.wrap(0);
        else _moveYear(memberYear, words, claimId);
    }

    /// @inheritdoc IClaimRegistry
    function recordReversed(
        ClaimId claimId,
        address provider,
        bytes32 fingerprint,
        address member,
        uint16 year,
        YearWords calldata words,
        ClaimId previousClaim
    ) external restricted {
        if (_stateIn(_claims[claimId]) != ClaimState.SETTLED) {
            revert ClaimNotSettled(claimId);
        }

        uint256 named = uint256(uint160(provider)) << PROVIDER_SHIFT;
        _claims[claimId] = _slot(bytes32(named), ClaimState.REVERSED);
        _fingerprints[fingerprint] = ClaimId.wrap(0);
        _moveYear(_years[_key(member, year)], words, previousClaim);
    }

    // ------------------------------------------------------------------- debt

    /// @inheritdoc IClaimRegistry
    function setProviderDebt(
        address provider,
        address insurer,
        uint64 debtFen
    ) external restricted {
        _debts[provider][insurer] = debtFen;

        emit ProviderDebtSet(provider, insurer, debtFen);
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc IClaimRegistry
    function stateOf(ClaimId claimId) external view returns (ClaimState) {
        return _stateIn(_claims[claimId]);
    }

    /// @inheritdoc IClaimRegistry
    function commitmentOf(ClaimId claimId) external view returns (bytes32) {
        return bytes32(_claims[claimId] & ~STATE_MASK);
    }

    /// @inheritdoc IClaimRegistry
    function reversedProviderOf(ClaimId claimId) external view returns (address) {
        uint256 slot = _claims[claimId];
        if (_stateIn(slot) != ClaimState.REVERSED) return address(0);
        return address(uint160(slot >> PROVIDER_SHIFT));
    }

    /// @inheritdoc IClaimRegistry
    function accumulatorsOf(
        address member,
        uint16 year
    ) external view returns (Accumulators memory) {
        return YearCodec.unpack(_wordsOf(_years[_key(member, year)]));
    }

    /// @inheritdoc IClaimRegistry
    function yearWordsOf(address member, uint16 year) external view returns (YearWords memory) {
        return _wordsOf(_years[_key(member, year)]);
    }

    /// @inheritdoc IClaimRegistry
    function lastClaimOf(address member, uint16 year) external view returns (ClaimId) {
        return _years[_key(member, year)].lastClaim;
    }

    /// @inheritdoc IClaimRegistry
    function pendingOf(address member, uint16 year) external view returns (ClaimId) {
        return _years[_key(member, year)].pending;
    }

    /// @inheritdoc IClaimRegistry
    function pendingClaimOf(ClaimId claimId) external view returns (PendingClaim memory) {
        return _pending[claimId];
    }

    /// @inheritdoc IClaimRegistry
    function openingOf(
        ClaimId claimId,
        bytes32 fingerprint,
        address member,
        uint16 year,
        address provider,
        address insurer
    ) external view returns (Opening memory opening) {
        Year storage memberYear = _years[_key(member, year)];
        opening.state = _stateIn(_claims[claimId]);
        opening.duplicateOf = _fingerprints[fingerprint];
        opening.lastClaim = memberYear.lastClaim;
        opening.debtFen = _debts[provider][insurer];
        opening.words = memberYear.words;
        if (opening.words.second & PENDING_FLAG != 0) {
            opening.words.second &= ~PENDING_FLAG;
            opening.pending = memberYear.pending;
        }
    }

    /// @inheritdoc IClaimRegistry
    function providerDebtOf(address provider, address insurer) external view returns (uint64) {
        return _debts[provider][insurer];
    }

    // -------------------------------------------------------------- internals

    /// @dev The exactly-once guards: claim number, fingerprint, one ADJUDICATED claim per
    /// member-year.
    function _open(Year storage memberYear, ClaimId claimId, bytes32 fingerprint) private {
        if (_claims[claimId] != 0) revert ClaimNumberUsed(claimId);
        ClaimId live = _fingerprints[fingerprint];
        if (ClaimId.unwrap(live) != 0) revert DuplicateClaim(live);
        if (memberYear.words.second & PENDING_FLAG != 0) {
            revert ClaimPending(memberYear.pending);
        }

        _fingerprints[fingerprint] = claimId;
    }

    /// @dev Writes only what changed; the flag of a pending claim stays.
    function _moveYear(
        Year storage memberYear,
        YearWords calldata words,
        ClaimId lastClaim
    ) private {
        YearWords storage stored = memberYear.words;
        uint256 second = words.second | stored.second & PENDING_FLAG;
        if (stored.first != words.first) stored.first = words.first;
        if (stored.second != second) stored.second = second;
        if (stored.third != words.third) stored.third = words.third;
        memberYear.lastClaim = lastClaim;
    }

    function _wordsOf(Year storage memberYear) private view returns (YearWords memory words) {
        words = memberYear.words;
        words.second &= ~PENDING_FLAG;
    }

    function _requireState(ClaimId claimId, uint256 slot, ClaimState state) private pure {
        ClaimState current = _stateIn(slot);
        if (current != state) revert ClaimStateInvalid(claimId, current);
    }

    function _slot(bytes32 commitment, ClaimState state) private pure returns (uint256) {
        return uint256(commitment) & ~STATE_MASK | uint256(state);
    }

    function _stateIn(uint256 slot) private pure returns (ClaimState) {
        return ClaimState(slot & STATE_MASK);
    }

    function _key(address member, uint16 year) private pure returns (bytes32) {
        return keccak256(abi.encode(member, year));
    }
}
