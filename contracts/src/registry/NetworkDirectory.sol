// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { INetworkDirectory } from "../interfaces/INetworkDirectory.sol";
import { AddressUnknown } from "../types/Errors.sol";

/// @title Where everything is. The delay of `set` is what makes a replacement visible
/// beforehand.
/// @dev Storage layout: slot 0 AccessManaged (authority); slot 1 `_entries`: name → two slots,
/// {target 160, version 32} and {codeHash}.
contract NetworkDirectory is INetworkDirectory, AccessManaged {
    // --------------------------------------------------------------------------------
    // storage

    struct Entry {
        address target;
        uint32 version;
        bytes32 codeHash;
    }

    mapping(bytes32 name => Entry entry) private _entries;

    // --------------------------------------------------------------------------------
    // constructor

    constructor(address authority_) AccessManaged(authority_) { }

    // --------------------------------------------------------------------------------
    // entries

    /// @inheritdoc INetworkDirectory
    function set(bytes32 name, address target) external restricted {
        if (target.code.length == 0) revert AddressUnknown(name);

        uint32 version = _entries[name].version + 1;
        _entries[name] = Entry(target, version, target.codehash);

        emit EntrySet(name, target, version, target.codehash);
    }

    // --------------------------------------------------------------------------------
    // views

    /// @inheritdoc INetworkDirectory
    function get(bytes32 name) external view returns (address target) {
        target = _entries[name].target;
        if (target == address(0)) revert AddressUnknown(name);
    }

    /// @inheritdoc INetworkDirectory
    function entry(bytes32 name)
        external
        view
        returns (address target, uint32 version, bytes32 codeHash)
    {
        Entry memory stored = _entries[name];
        return (stored.target, stored.version, stored.codeHash);
    }
}
