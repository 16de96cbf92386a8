// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IValidatorRegistry } from "../src/interfaces/IValidatorRegistry.sol";

/// @title An operator that casts two votes in one block.
contract VotingTwice {
    function vote(IValidatorRegistry registry, uint256 first, uint256 second) external {
        registry.vote(first);
        registry.vote(second);
    }

    function voteAndEnact(IValidatorRegistry registry, uint256 first, uint256 second) external {
        registry.vote(first);
        registry.vote(second);
        registry.enact(second);
    }
}
