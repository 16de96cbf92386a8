// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Accepts every call and shows what arrived: stands in the directory for any handler.
contract CallRecorder {
    event Called(bytes data);

    fallback() external {
        emit Called(msg.data);
    }
}
