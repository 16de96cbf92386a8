// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Accumulators, CareScope, YearWords } from "../../types/ClaimTypes.sol";

/// @title The three packed words of a member-year, and what they mean. Layout: YearWords in
/// types/ClaimTypes.sol.
library YearCodec {
    uint256 private constant IN_BANDS = 64;
    uint256 private constant FUND_PAID = 128;
    uint256 private constant TOP = 192;
    uint256 private constant LOW = (1 << TOP) - 1;

    /// @notice The figures behind the words.
    function unpack(YearWords memory words) internal pure returns (Accumulators memory year) {
        _unpackScope(year, CareScope.OUTPATIENT, words.first);
        _unpackScope(year, CareScope.INPATIENT, words.second);
        _unpackScope(year, CareScope.CHRONIC, words.third);
        year.compliantSelfPayFen = uint64(words.first >> TOP);
        year.stays = uint32(words.second >> TOP);
        year.aidPaidFen = uint64(words.third >> TOP);
    }

    /// @notice What a quote names, so that a settlement in another year's state is refused.
    function hash(YearWords memory words) internal pure returns (bytes32 result) {
        // keccak256(abi.encode(words)) where they are: three words lie as they are encoded.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            result := keccak256(words, 96)
        }
    }

    function equal(YearWords memory one, YearWords memory other) internal pure returns (bool) {
        return one.first == other.first && one.second == other.second && one.third == other.third;
    }

    /// @notice The word of one scope.
    function scopeWord(YearWords memory words, CareScope scope) internal pure returns (uint256) {
        if (scope == CareScope.OUTPATIENT) return words.first;
        return scope == CareScope.INPATIENT ? words.second : words.third;
    }

    function deductibleUsedE4(uint256 packed) internal pure returns (uint256) {
        return uint64(packed);
    }

    function inBandsE4(uint256 packed) internal pure returns (uint256) {
        return uint64(packed >> IN_BANDS);
    }

    function fundPaidFen(uint256 packed) internal pure returns (uint256) {
        return uint64(packed >> FUND_PAID);
    }

    /// @notice compliantSelfPayFen of `first`, stays of `second`, aidPaidFen of `third`.
    function top(uint256 packed) internal pure returns (uint256) {
        return packed >> TOP;
    }

    /// @notice The low three figures of a word, each below 2^64.
    function word(
        uint256 used,
        uint256 inBands,
        uint256 fundPaid
    ) internal pure returns (uint256) {
        return used | inBands << IN_BANDS | fundPaid << FUND_PAID;
    }

    /// @notice `packed` with another top figure, below 2^64.
    function withTop(uint256 packed, uint256 highest) internal pure returns (uint256) {
        return packed & LOW | highest << TOP;
    }

    function _unpackScope(
        Accumulators memory year,
        CareScope scope,
        uint256 packed
    ) private pure {
        year.deductibleUsedE4[uint256(scope)] = uint64(packed);
        year.inBandsE4[uint256(scope)] = uint64(packed >> IN_BANDS);
        year.fundPaidFen[uint256(scope)] = uint64(packed >> FUND_PAID);
    }
}
