// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Settlement, YearWords } from "../types/ClaimTypes.sol";

/// @title The fifteen figures of a settlement in four words, and the hash of a claim's trace.
/// @dev 64 bits each in struct order, four to a word, low bits first
/// (IClaimSettlement.ReversalEvidence).
library SettlementCodec {
    uint256 private constant TRACE_WORDS = 39;

    function pack(Settlement memory s) internal pure returns (uint256[4] memory amounts) {
        amounts[0] = _word(s.totalFen, s.ownFen, s.overFen, s.preSelfFen);
        amounts[1] = _word(s.inScopeFen, s.deductibleFen, s.pooledFen, s.bigIllnessFen);
        amounts[2] = _word(s.aidFen, s.supplementaryFen, s.providerFen, s.memberFen);
        amounts[3] = _word(s.medicalFen, s.familyFen, s.cashFen, 0);
    }

    function unpack(uint256[4] memory amounts) internal pure returns (Settlement memory s) {
        (s.totalFen, s.ownFen, s.overFen, s.preSelfFen) = _figures(amounts[0]);
        (s.inScopeFen, s.deductibleFen, s.pooledFen, s.bigIllnessFen) = _figures(amounts[1]);
        (s.aidFen, s.supplementaryFen, s.providerFen, s.memberFen) = _figures(amounts[2]);
        (s.medicalFen, s.familyFen, s.cashFen,) = _figures(amounts[3]);
    }

    /// @notice keccak256 of the 39 words of docs/adjudication.md section 11.
    function traceHash(
        Settlement memory s,
        YearWords memory before,
        YearWords memory afterwards
    ) internal pure returns (bytes32 hash) {
        uint256[TRACE_WORDS] memory words;
        _putSettlement(words, s);
        _putYear(words, 15, before);
        _putYear(words, 27, afterwards);
        // A static array of words lies in memory as abi.encode would write it; encoding would
        // copy it first.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            hash := keccak256(words, 1248)
        }
    }

    function _putSettlement(
        uint256[TRACE_WORDS] memory words,
        Settlement memory s
    ) private pure {
        words[0] = s.totalFen;
        words[1] = s.ownFen;
        words[2] = s.overFen;
        words[3] = s.preSelfFen;
        words[4] = s.inScopeFen;
        words[5] = s.deductibleFen;
        words[6] = s.pooledFen;
        words[7] = s.bigIllnessFen;
        words[8] = s.aidFen;
        words[9] = s.supplementaryFen;
        words[10] = s.providerFen;
        words[11] = s.memberFen;
        words[12] = s.medicalFen;
        words[13] = s.familyFen;
        words[14] = s.cashFen;
    }

    /// @dev In the order of Accumulators: each figure of the three scopes, then the three of the
    /// whole year.
    function _putYear(
        uint256[TRACE_WORDS] memory words,
        uint256 index,
        YearWords memory year
    ) private pure {
        (uint256 first, uint256 second, uint256 third) = (year.first, year.second, year.third);
        unchecked {
            words[index] = uint64(first);
            words[index + 1] = uint64(second);
            words[index + 2] = uint64(third);
            words[index + 3] = uint64(first >> 64);
            words[index + 4] = uint64(second >> 64);
            words[index + 5] = uint64(third >> 64);
            words[index + 6] = uint64(first >> 128);
            words[index + 7] = uint64(second >> 128);
            words[index + 8] = uint64(third >> 128);
            words[index + 9] = first >> 192;
            words[index + 10] = third >> 192;
            words[index + 11] = second >> 192;
        }
    }

    function _word(uint256 a, uint256 b, uint256 c, uint256 d) private pure returns (uint256) {
        return a | b << 64 | c << 128 | d << 192;
    }

    function _figures(uint256 word) private pure returns (uint64, uint64, uint64, uint64) {
        return (uint64(word), uint64(word >> 64), uint64(word >> 128), uint64(word >> 192));
    }
}
