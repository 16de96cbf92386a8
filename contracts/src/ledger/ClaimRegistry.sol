// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { BatchAccess } from "../access/BatchAccess.sol";
import { IClaimRegistry } from "../interfaces/IClaimRegistry.sol";
import { ClaimEvidence } from "../libraries/claims/ClaimEvidence.sol";
import { TagLanes } from "../libraries/money/TagLanes.sol";
import { YearCodec } from "../libraries/claims/YearCodec.sol";
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
/// - slot 2: _tags, member ‖ year ‖ month ‖ ordinal → four fingerprints of live claims
///   (TagLanes)
/// - slot 3: _years, member ‖ year → five slots, see Year
/// - slot 4: _pending, claim id → two slots (PendingClaim), cleared when it ends
/// - slot 5: _debts, provider → insurer → fen
contract ClaimRegistry is BatchAccess, IClaimRegistry {
    using TagLanes for uint256;

    uint256 private constant STATE_MASK = 0xff;
    /// @dev Flags of a member-year's `last`: there is a pending claim; the word is not zero.
    uint256 private constant PENDING = 1 << 64;
    uint256 private constant HAS_INPATIENT = 1 << 65;
    uint256 private constant HAS_CHRONIC = 1 << 66;
    /// @dev The claim id in `last`.
    uint256 private constant ID_MASK = type(uint256).max << 72;
    /// @dev Where the provider's id stands in the slot of a REVERSED claim.
    uint256 private constant PROVIDER_SHIFT = 96;
    uint256 private constant LOW_64 = type(uint64).max;
    uint256 private constant YEAR_SHIFT = 16;
    uint256 private constant MONTH_SHIFT = 8;
    /// @dev Room for the ordinals of the words of one month.
    uint256 private constant ORDINAL_BITS = 64;

    /// @dev A member-year. The figures of a scope fill the low 192 bits of its word; on top:
    /// aidPaidFen in `outpatient`, stays in `inpatient`, nothing in `chronic`. `last` = id of the
    /// last settled claim (23 bytes) ‖ flags (1) ‖ compliantSelfPayFen. So an outpatient claim
    /// changes two slots, whoever pays, and reads the others only if there is something in them.
    struct Year {
        uint256 outpatient;
        uint256 inpatient;
        uint256 chronic;
        uint256 last;
        ClaimId pending;
    }

    // ---------------------------------------------------------------- storage

    mapping(ClaimId claimId => uint256 slot) private _claims;
    mapping(uint256 memberMonth => uint256 lanes) private _tags;
    // Written through the reference that _yearOf returns.
    // slither-disable-next-line uninitialized-state
    mapping(uint256 memberYear => Year) private _years;
    mapping(ClaimId claimId => PendingClaim) private _pending;
    mapping(address provider => mapping(address insurer => uint64 debtFen)) private _debts;

    // ------------------------------------------------------------ constructor

    constructor(address authority_) AccessManaged(authority_) { }

    // ----------------------------------------------------------------- claims

    /// @inheritdoc IClaimRegistry
    function recordSettled(
        ClaimId claimId,
        bytes32 commitment,
        address member,
        bytes32 terms,
        YearWords calldata words
    ) external restricted {
        Year storage memberYear = _yearOf(member, terms);
        _open(memberYear, claimId, member, terms);

        _claims[claimId] = _slot(commitment, ClaimState.SETTLED);
        _moveYear(memberYear, words, claimId);
    }

    /// @inheritdoc IClaimRegistry
    function recordAdjudicated(
        ClaimId claimId,
        bytes32 commitment,
        PendingClaim calldata pending
    ) external restricted {
        Year storage memberYear = _yearOf(pending.member, pending.terms);
        _open(memberYear, claimId, pending.member, pending.terms);

        _claims[claimId] = _slot(commitment, ClaimState.ADJUDICATED);
        memberYear.last |= PENDING;
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
        Year storage memberYear = _yearOf(pending.member, pending.terms);

        _claims[claimId] = _slot(bytes32(slot), state);
        memberYear.last &= ~PENDING;
        memberYear.pending = ClaimId.wrap(0);
        delete _pending[claimId];
        if (released) _freeTag(pending.member, pending.terms);
        else _moveYear(memberYear, words, claimId);
    }

    /// @inheritdoc IClaimRegistry
    function recordReversed(
        ClaimId claimId,
        address provider,
        address member,
        bytes32 terms,
        YearWords calldata words,
        ClaimId previousClaim
    ) external restricted {
        if (_stateIn(_claims[claimId]) != ClaimState.SETTLED) {
            revert ClaimNotSettled(claimId);
        }

        uint256 named = uint256(uint160(provider)) << PROVIDER_SHIFT;
        _claims[claimId] = _slot(bytes32(named), ClaimState.REVERSED);
        _freeTag(member, terms);
        _moveYear(_yearOf(member, terms), words, previousClaim);
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
        return YearCodec.unpack(yearWordsOf(member, year));
    }

    /// @inheritdoc IClaimRegistry
    function yearWordsOf(
        address member,
        uint16 year
    ) public view returns (YearWords memory words) {
        Year storage memberYear = _years[_yearKey(member, year)];
        (words.first, words.second, words.third) = _wordsOf(memberYear, memberYear.last);
    }

    /// @inheritdoc IClaimRegistry
    function lastClaimOf(address member, uint16 year) external view returns (ClaimId) {
        return ClaimId.wrap(bytes32(_years[_yearKey(member, year)].last & ID_MASK));
    }

    /// @inheritdoc IClaimRegistry
    function pendingOf(address member, uint16 year) external view returns (ClaimId) {
        return _years[_yearKey(member, year)].pending;
    }

    /// @inheritdoc IClaimRegistry
    function pendingClaimOf(ClaimId claimId) external view returns (PendingClaim memory) {
        return _pending[claimId];
    }

    /// @inheritdoc IClaimRegistry
    function openingOf(
        ClaimId claimId,
        address member,
        bytes32 terms,
        address provider,
        address insurer
    ) external view returns (Opening memory opening) {
        Year storage memberYear = _yearOf(member, terms);
        uint256 last = memberYear.last;
        opening.lastClaim = ClaimId.wrap(bytes32(last & ID_MASK));
        if (last & PENDING != 0) opening.pending = memberYear.pending;
        (opening.first, opening.second, opening.third) = _wordsOf(memberYear, last);
        opening.state = _stateIn(_claims[claimId]);
        opening.duplicate = _hasTag(member, terms);
        opening.debtFen = _debts[provider][insurer];
    }

    /// @inheritdoc IClaimRegistry
    function providerDebtOf(address provider, address insurer) external view returns (uint64) {
        return _debts[provider][insurer];
    }

    // -------------------------------------------------------------- internals

    /// @dev The exactly-once guards: claim number, fingerprint, one ADJUDICATED claim per
    /// member-year.
    function _open(
        Year storage memberYear,
        ClaimId claimId,
        address member,
        bytes32 terms
    ) private {
        if (_claims[claimId] != 0) revert ClaimNumberUsed(claimId);
        _useTag(member, terms);
        if (memberYear.last & PENDING != 0) revert ClaimPending(memberYear.pending);
    }

    /// @dev Puts a fingerprint into the first free lane of its month; looked for to the end of
    /// the chain.
    function _useTag(address member, bytes32 terms) private {
        bytes8 tag = ClaimEvidence.fingerprint(terms);
        uint256 key = _monthKey(member, terms);
        uint256 lanes = _tags[key];
        if (lanes.has(tag)) revert DuplicateClaim(tag);
        (uint256 place, uint256 found) = (key, lanes);
        while (!lanes.isLast()) {
            lanes = _tags[++key];
            if (lanes.has(tag)) revert DuplicateClaim(tag);
            if (!found.hasRoom()) (place, found) = (key, lanes);
        }
        _tags[place] = found.put(tag);
    }

    function _freeTag(address member, bytes32 terms) private {
        bytes8 tag = ClaimEvidence.fingerprint(terms);
        uint256 key = _monthKey(member, terms);
        uint256 lanes = _tags[key];
        while (!lanes.has(tag)) {
            // Every live claim has its tag; a rule module that names another frees nothing.
            if (lanes.isLast()) return;
            lanes = _tags[++key];
        }
        _tags[key] = lanes.take(tag);
    }

    function _hasTag(address member, bytes32 terms) private view returns (bool) {
        bytes8 tag = ClaimEvidence.fingerprint(terms);
        uint256 key = _monthKey(member, terms);
        uint256 lanes = _tags[key];
        while (!lanes.has(tag)) {
            if (lanes.isLast()) return false;
            lanes = _tags[++key];
        }
        return true;
    }

    /// @dev Writes only what changed, and reads only what is not zero; the flag of a pending
    /// claim stays.
    function _moveYear(
        Year storage memberYear,
        YearWords calldata words,
        ClaimId lastClaim
    ) private {
        uint256 outpatient = YearCodec.withTop(words.first, YearCodec.top(words.third));
        if (memberYear.outpatient != outpatient) memberYear.outpatient = outpatient;
        uint256 last = memberYear.last;
        uint256 flags = last & PENDING;
        uint256 inpatient = words.second;
        if (inpatient != 0) flags |= HAS_INPATIENT;
        if (_inpatient(memberYear, last) != inpatient) memberYear.inpatient = inpatient;
        uint256 chronic = YearCodec.withTop(words.third, 0);
        if (chronic != 0) flags |= HAS_CHRONIC;
        if (_chronic(memberYear, last) != chronic) memberYear.chronic = chronic;
        memberYear.last =
            uint256(ClaimId.unwrap(lastClaim)) & ID_MASK | flags | YearCodec.top(words.first);
    }

    /// @dev The three words of YearWords.
    function _wordsOf(
        Year storage memberYear,
        uint256 last
    ) private view returns (uint256 first, uint256 second, uint256 third) {
        uint256 outpatient = memberYear.outpatient;
        first = YearCodec.withTop(outpatient, last & LOW_64);
        second = _inpatient(memberYear, last);
        third = YearCodec.withTop(_chronic(memberYear, last), YearCodec.top(outpatient));
    }

    function _inpatient(Year storage memberYear, uint256 last) private view returns (uint256) {
        return last & HAS_INPATIENT == 0 ? 0 : memberYear.inpatient;
    }

    function _chronic(Year storage memberYear, uint256 last) private view returns (uint256) {
        return last & HAS_CHRONIC == 0 ? 0 : memberYear.chronic;
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

    function _yearOf(address member, bytes32 terms) private view returns (Year storage) {
        return _years[_yearKey(member, ClaimEvidence.year(terms))];
    }

    function _yearKey(address member, uint16 year) private pure returns (uint256) {
        return uint256(uint160(member)) << YEAR_SHIFT | year;
    }

    /// @dev The first word of a month's tags; the next ones follow.
    function _monthKey(address member, bytes32 terms) private pure returns (uint256) {
        uint256 memberYear = _yearKey(member, ClaimEvidence.year(terms));
        return (memberYear << MONTH_SHIFT | ClaimEvidence.month(terms)) << ORDINAL_BITS;
    }
}
