// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ValidatorRegistry } from "../src/registry/ValidatorRegistry.sol";

/// @title A registry with storage written from outside, as a genesis file does it.
contract ValidatorRegistryAt is ValidatorRegistry {
    constructor(uint256[] memory slots, uint256[] memory words) payable {
        for (uint256 i = 0; i < slots.length; ++i) {
            uint256 slot = slots[i];
            uint256 word = words[i];
            // solhint-disable-next-line no-inline-assembly
            assembly {
                sstore(slot, word)
            }
        }
    }

    receive() external payable { }
}
