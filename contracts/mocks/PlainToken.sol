// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title The token of the transfer benchmark: OpenZeppelin's ERC-20, given to some holders.
contract PlainToken is ERC20 {
    constructor(address[] memory holders, uint256 amount) ERC20("Plain", "PLAIN") {
        for (uint256 i = 0; i < holders.length; ++i) {
            _mint(holders[i], amount);
        }
    }
}
