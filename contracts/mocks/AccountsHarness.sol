// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Accounts } from "../src/libraries/money/Accounts.sol";
import { Region } from "../src/types/Ids.sol";
import { FundKind } from "../src/types/Money.sol";
import { Scheme } from "../src/types/Parties.sol";

/// @title Shows the account ids of the library, so that other implementations can be compared.
contract AccountsHarness {
    function fund(Region region, Scheme scheme, FundKind kind) external pure returns (address) {
        return Accounts.fund(region, scheme, kind);
    }

    function receivable(address provider, address insurer) external pure returns (address) {
        return Accounts.receivable(provider, insurer);
    }

    function retention(address provider, address insurer) external pure returns (address) {
        return Accounts.retention(provider, insurer);
    }

    function externalOf(address channel) external pure returns (address) {
        return Accounts.externalOf(channel);
    }

    function fees() external pure returns (address) {
        return Accounts.fees();
    }

    function suspense() external pure returns (address) {
        return Accounts.suspense();
    }

    function pointsIssuer() external pure returns (address) {
        return Accounts.pointsIssuer();
    }

    function isMemberId(address account) external pure returns (bool) {
        return Accounts.isMemberId(account);
    }

    function isOrganisationId(address account) external pure returns (bool) {
        return Accounts.isOrganisationId(account);
    }
}
