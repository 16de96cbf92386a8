// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IClaimSettlement } from "../../interfaces/IClaimSettlement.sol";
import { CashMode, YearWords } from "../../types/ClaimTypes.sol";
import { ClaimId, PlanId, Region } from "../../types/Ids.sol";
import { Scheme } from "../../types/Parties.sol";

/// @dev IClaimSettlement.ReversalEvidence with its inner array and structs laid flat. So it lies
/// in memory word by word as abi.encode writes that struct: it is filled once, then hashed and
/// emitted where it is.
struct Evidence {
    ClaimId claimId;
    ClaimId previousClaim;
    bytes32 traceHash;
    PlanId planId;
    bytes32 terms;
    address member;
    address provider;
    address familyHolder;
    address insurer;
    address supplementaryPayer;
    uint256 amounts0;
    uint256 amounts1;
    uint256 amounts2;
    uint256 amounts3;
    uint256 beforeFirst;
    uint256 beforeSecond;
    uint256 beforeThird;
    uint256 afterwardsFirst;
    uint256 afterwardsSecond;
    uint256 afterwardsThird;
}

/// @title A claim's evidence: its commitment, its events, and its packed word `terms`.
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

    /// @dev Bytes of Evidence, and where its parts begin.
    uint256 private constant SIZE = 0x280;
    uint256 private constant AMOUNTS = 0x140;
    uint256 private constant BEFORE = 0x1c0;
    uint256 private constant AFTERWARDS = 0x220;

    /// @notice What ClaimRegistry stores of a claim: the lowest byte is kept free for the state.
    function commitment(Evidence memory claim) internal pure returns (bytes32 hash) {
        // keccak256(abi.encode(claim)) without the copy, 1,300 gas.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            hash := and(keccak256(claim, SIZE), not(0xff))
        }
    }

    /// @notice Emits ClaimSettled.
    function tellSettled(Evidence memory claim, bytes32 digest) internal {
        bytes32 topic = IClaimSettlement.ClaimSettled.selector;
        ClaimId claimId = claim.claimId;
        // `emit` would copy the words first, 1,300 gas.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            log3(claim, SIZE, topic, digest, claimId)
        }
    }

    /// @notice Emits ClaimAdjudicated.
    function tellAdjudicated(Evidence memory claim, bytes32 digest, uint40 expiresAt) internal {
        bytes32 topic = IClaimSettlement.ClaimAdjudicated.selector;
        ClaimId claimId = claim.claimId;
        bytes memory data = abi.encode(claim, expiresAt);
        // As above: the event is declared with the nested struct.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            log3(add(data, 32), mload(data), topic, digest, claimId)
        }
    }

    /// @notice The four words of amounts, where they are.
    function amounts(Evidence memory claim) internal pure returns (uint256[4] memory words) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            words := add(claim, AMOUNTS)
        }
    }

    /// @notice The member-year before the claim, where it is.
    function before(Evidence memory claim) internal pure returns (YearWords memory words) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            words := add(claim, BEFORE)
        }
    }

    /// @notice The member-year after the claim, where it is.
    function afterwards(Evidence memory claim) internal pure returns (YearWords memory words) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            words := add(claim, AFTERWARDS)
        }
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
