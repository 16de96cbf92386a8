// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { PayDeclared, PayPremium } from "../src/types/Intents.sol";
import { IPremiumCollector } from "../src/interfaces/IPremiumCollector.sol";

/// @title Many payments in one transaction, as the router calls them, with the gas of each.
contract PaymentBatch {
    event GasUsed(uint256 gas);

    function pay(
        IPremiumCollector collector,
        address[] calldata actors,
        PayPremium[] calldata bodies
    ) external {
        for (uint256 i = 0; i < bodies.length; ++i) {
            bytes32 digest = keccak256(abi.encode(i));
            uint256 before = gasleft();
            collector.pay(actors[i], digest, bodies[i]);
            emit GasUsed(before - gasleft());
        }
    }

    function payDeclared(
        IPremiumCollector collector,
        address actor,
        PayDeclared[] calldata bodies
    ) external {
        for (uint256 i = 0; i < bodies.length; ++i) {
            bytes32 digest = keccak256(abi.encode(i));
            uint256 before = gasleft();
            collector.payDeclared(actor, digest, bodies[i]);
            emit GasUsed(before - gasleft());
        }
    }
}
