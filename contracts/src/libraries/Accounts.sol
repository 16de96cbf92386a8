// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Region } from "../types/Ids.sol";
import { FundKind } from "../types/Money.sol";
import { Scheme } from "../types/Parties.sol";

/// @title Derived account ids of funds and technical accounts: the low 20 bytes of a hash, so nobody holds a key.
/// @dev node/domain mirrors these in Python (chain/accounts.py).
library Accounts {
    function fund(Region region, Scheme scheme, FundKind kind) internal pure returns (address) {
        return _derive(keccak256(abi.encode("FUND", region, scheme, kind)));
    }

    function receivable(address provider, address insurer) internal pure returns (address) {
        return _derive(keccak256(abi.encode("RECEIVABLE", provider, insurer)));
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

    function _derive(bytes32 seed) private pure returns (address) {
        return address(uint160(uint256(seed)));
    }
}
