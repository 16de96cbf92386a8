// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Settlement, YearWords } from "../../types/ClaimTypes.sol";

/// @title The fifteen figures of a settlement in four words, and the hash of a claim's trace.
/// @dev 64 bits each in struct order, four to a word, low bits first
/// (IClaimSettlement.ReversalEvidence).
library SettlementCodec {
    /// @dev Bytes of the trace: 15 words of Settlement, twice the 12 of a member-year.
    uint256 private constant TRACE_YEARS = 480;
    uint256 private constant TRACE_YEAR = 384;
    uint256 private constant TRACE = 1248;

    /// @notice Packs the figures into four words.
    function pack(Settlement memory s, uint256[4] memory amounts) internal pure {
        uint256 place;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            place := s
        }
        unchecked {
            amounts[0] = _packed(place);
            amounts[1] = _packed(place + 128);
            amounts[2] = _packed(place + 256);
            amounts[3] = _packed(place + 352) >> 64;
        }
    }

    function unpack(uint256[4] memory amounts) internal pure returns (Settlement memory s) {
        (s.totalFen, s.ownFen, s.overFen, s.preSelfFen) = _figures(amounts[0]);
        (s.inScopeFen, s.deductibleFen, s.pooledFen, s.bigIllnessFen) = _figures(amounts[1]);
        (s.aidFen, s.supplementaryFen, s.providerFen, s.memberFen) = _figures(amounts[2]);
        (s.medicalFen, s.familyFen, s.cashFen,) = _figures(amounts[3]);
    }

    /// @notice keccak256 of the 39 words of docs/adjudication.md section 11.
    /// @dev A struct of words lies in memory as abi.encode would write it. The words are put
    /// together where nothing is allocated yet and are not needed afterwards.
    function traceHash(
        Settlement memory s,
        YearWords memory before,
        YearWords memory afterwards
    ) internal pure returns (bytes32 hash) {
        uint256 place;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            place := mload(64)
            mcopy(place, s, TRACE_YEARS)
        }
        unchecked {
            _putYear(place + TRACE_YEARS, before);
            _putYear(place + TRACE_YEARS + TRACE_YEAR, afterwards);
        }
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            hash := keccak256(place, TRACE)
        }
    }

    /// @dev In the order of Accumulators: each figure of the three scopes, then the three of the
    /// whole year.
    function _putYear(uint256 place, YearWords memory year) private pure {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let first := mload(year)
            let second := mload(add(year, 32))
            let third := mload(add(year, 64))
            let low := 0xffffffffffffffff
            mstore(place, and(first, low))
            mstore(add(place, 32), and(second, low))
            mstore(add(place, 64), and(third, low))
            mstore(add(place, 96), and(shr(64, first), low))
            mstore(add(place, 128), and(shr(64, second), low))
            mstore(add(place, 160), and(shr(64, third), low))
            mstore(add(place, 192), and(shr(128, first), low))
            mstore(add(place, 224), and(shr(128, second), low))
            mstore(add(place, 256), and(shr(128, third), low))
            mstore(add(place, 288), shr(192, first))
            mstore(add(place, 320), shr(192, third))
            mstore(add(place, 352), shr(192, second))
        }
    }

    /// @dev Four figures, a word each in memory, in one word.
    function _packed(uint256 place) private pure returns (uint256 word) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            word := or(
                or(mload(place), shl(64, mload(add(place, 32)))),
                or(shl(128, mload(add(place, 64))), shl(192, mload(add(place, 96))))
            )
        }
    }

    function _figures(uint256 word) private pure returns (uint64, uint64, uint64, uint64) {
        return (uint64(word), uint64(word >> 64), uint64(word >> 128), uint64(word >> 192));
    }
}
