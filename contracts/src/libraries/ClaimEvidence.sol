// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IClaimSettlement } from "../interfaces/IClaimSettlement.sol";
import { CashMode } from "../types/ClaimTypes.sol";
import { Region } from "../types/Ids.sol";
import { Scheme } from "../types/Parties.sol";

/// @title The commitment to a claim's evidence, and its packed word `terms`.
/// @dev terms = region (12 bytes) ‖ scheme (1) ‖ cash mode (1) ‖ policy year (2) ‖ plan version
/// (4) ‖ month of the service day (1) ‖ zero (3) ‖ fingerprint (8).
library ClaimEvidence {
    uint256 private constant SCHEME = 152;
    uint256 private constant CASH_MODE = 144;
    uint256 private constant YEAR = 128;
    uint256 private constant VERSION = 96;
    uint256 private constant MONTH = 88;
    /// @dev Year, month and fingerprint.
    uint256 private constant TAG_MASK = 0xffff << YEAR | 0xff << MONTH | type(uint64).max;

    /// @notice What ClaimRegistry stores of a claim: the lowest byte is kept free for the state.
    function commitment(
        IClaimSettlement.ReversalEvidence memory claim
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(claim)) & ~bytes32(uint256(0xff));
    }

    function pack(
        Region region_,
        Scheme scheme_,
        CashMode cashMode_,
        uint16 year_,
        uint32 version,
        uint8 month_,
        bytes8 fingerprint_
    ) internal pure returns (bytes32) {
        return bytes32(Region.unwrap(region_))
            | bytes32(
            uint256(scheme_) << SCHEME | uint256(cashMode_) << CASH_MODE | uint256(year_) << YEAR
                | uint256(version) << VERSION | uint256(month_) << MONTH | uint64(fingerprint_)
        );
    }

    function region(bytes32 terms) internal pure returns (Region) {
        return Region.wrap(bytes12(terms));
    }

    function scheme(bytes32 terms) internal pure returns (Scheme) {
        return Scheme(uint8(uint256(terms) >> SCHEME));
    }

    function cashMode(bytes32 terms) internal pure returns (CashMode) {
        return CashMode(uint8(uint256(terms) >> CASH_MODE));
    }

    function year(bytes32 terms) internal pure returns (uint16) {
        return uint16(uint256(terms) >> YEAR);
    }

    function month(bytes32 terms) internal pure returns (uint8) {
        return uint8(uint256(terms) >> MONTH);
    }

    function fingerprint(bytes32 terms) internal pure returns (bytes8) {
        return bytes8(uint64(uint256(terms)));
    }

    /// @notice Whether two claims of a member have the same tag in the same month.
    function sameTag(bytes32 terms, bytes32 other) internal pure returns (bool) {
        return uint256(terms ^ other) & TAG_MASK == 0;
    }
}
