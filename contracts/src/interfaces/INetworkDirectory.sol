// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Where everything is: name → address, version, code hash. The one address a node is
/// configured with.
interface INetworkDirectory {
    /// @notice A name now points to `target`; readers follow it from the next block on.
    event EntrySet(
        bytes32 indexed name, address indexed target, uint32 version, bytes32 codeHash
    );

    /// @notice Points `name` to `target` and records the hash of its code.
    /// @dev Restricted: the AccessManager gives this call its delay. Raises the version by one.
    /// @param name Left-aligned contract name, for example "WalletLedger".
    /// @param target Deployed contract.
    function set(bytes32 name, address target) external;

    /// @notice The address behind a name.
    /// @dev Reverts `AddressUnknown(name)` if nothing is set.
    function get(bytes32 name) external view returns (address target);

    /// @notice Address, version (from 1) and code hash at the time it was set; zeros if nothing
    /// is set.
    function entry(bytes32 name)
        external
        view
        returns (address target, uint32 version, bytes32 codeHash);
}
