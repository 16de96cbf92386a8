// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { AccessManager } from "@openzeppelin/contracts/access/manager/AccessManager.sol";

/// @title The one AccessManager of a network, under a name of our own so that it has an
/// artifact. Adds nothing.
contract NetworkAuthority is AccessManager {
    constructor(address initialAdmin) AccessManager(initialAdmin) { }
}
