// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A contract whose code is one plan body: readable in one cold access, unchangeable for
/// ever. @dev Every canonical body starts with a zero byte (an offset word or a 64-bit amount),
/// which is STOP: a call to
/// this address does nothing. Reading needs no assembly: `address.code`.
contract PlanBody {
    constructor(bytes memory body) {
        // The one way to deploy given bytes as code.
        assembly ("memory-safe") {
            return(add(body, 32), mload(body))
        }
    }
}
