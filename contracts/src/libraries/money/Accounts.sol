// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Region } from "../../types/Ids.sol";
import { FundKind } from "../../types/Money.sol";
import { Scheme } from "../../types/Parties.sol";

/// @title Account ids: who may be a member or an organisation, and the ids that follow from a
/// name.
/// @dev The highest four bits of an id say what it is, so that nobody can register an
/// organisation under the id of a member or of a fund and sign for its money. The rest is
/// random, or the low bits of a hash, so there is no private key behind an id.
/// node/chain/accounts.py mirrors this.
library Accounts {
    uint160 private constant NIBBLE = 1 << 156;
    uint160 private constant MEMBER = 1;
    uint160 private constant ORGANISATION = 2;
    uint160 private constant DERIVED = 15;

    /// @dev Members have ids 0x1….
    function isMemberId(address account) internal pure returns (bool) {
        return uint160(account) / NIBBLE == MEMBER;
    }

    /// @dev Organisations and officers have ids 0x2….
    function isOrganisationId(address account) internal pure returns (bool) {
        return uint160(account) / NIBBLE == ORGANISATION;
    }

    /// @dev Funds, technical accounts and counters have ids 0xf….
    function isDerivedId(address account) internal pure returns (bool) {
        return uint160(account) / NIBBLE == DERIVED;
    }

    function fund(Region region, Scheme scheme, FundKind kind) internal pure returns (address) {
        // abi.encode("FUND", region, scheme, kind), its six words by hand: a text costs more.
        return _derive(
            keccak256(
                abi.encode(uint256(128), region, scheme, kind, uint256(4), bytes32("FUND"))
            )
        );
    }

    function receivable(address provider, address insurer) internal pure returns (address) {
        // abi.encode("RECEIVABLE", provider, insurer), its five words by hand as above.
        return _derive(
            keccak256(
                abi.encode(uint256(96), provider, insurer, uint256(10), bytes32("RECEIVABLE"))
            )
        );
    }

    function retention(address provider, address insurer) internal pure returns (address) {
        return _derive(keccak256(abi.encode("RETENTION", provider, insurer)));
    }

    /// @dev The signed counter that mirrors a bank or channel.
    function externalOf(address channel) internal pure returns (address) {
        return _derive(keccak256(abi.encode("EXTERNAL", channel)));
    }

    function fees() internal pure returns (address) {
        return _derive(keccak256(abi.encode("FEES")));
    }

    function suspense() internal pure returns (address) {
        return _derive(keccak256(abi.encode("SUSPENSE")));
    }

    function pointsIssuer() internal pure returns (address) {
        return _derive(keccak256(abi.encode("POINTS_ISSUER")));
    }

    /// @dev Derived accounts have ids 0xf….
    function _derive(bytes32 seed) private pure returns (address) {
        return address(uint160(uint256(seed)) | DERIVED << 156);
    }
}
