// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IClaimRegistry } from "../../interfaces/IClaimRegistry.sol";
import { IProviderRegistry } from "../../interfaces/IProviderRegistry.sol";
import { IWalletLedger } from "../../interfaces/IWalletLedger.sol";

/// @dev The state contracts that the linked parts of ClaimSettlement work on: a library has no
/// immutables.
struct ClaimModules {
    IWalletLedger ledger;
    IClaimRegistry claims;
    IProviderRegistry providers;
}
