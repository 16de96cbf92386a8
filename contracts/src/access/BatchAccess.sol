// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { AuthorityUtils } from "@openzeppelin/contracts/access/manager/AuthorityUtils.sol";
import { TransientSlot } from "@openzeppelin/contracts/utils/TransientSlot.sol";

/// @title AccessManaged that asks its authority once per caller and function of a transaction.
/// @dev A batch passes the same few callers through the same few functions some hundred times,
/// at about 3,000 gas a question. The answer is kept in transient storage, so it ends with the
/// transaction: a role taken away counts from the next transaction on. Answers with a delay are
/// never kept; scheduled calls are consumed one by one as in AccessManaged.
abstract contract BatchAccess is AccessManaged {
    using TransientSlot for bytes32;
    using TransientSlot for TransientSlot.BooleanSlot;

    /// @inheritdoc AccessManaged
    function _checkCanCall(address caller, bytes calldata data) internal virtual override {
        // Caller and selector fill 24 bytes, so no two questions share a slot.
        TransientSlot.BooleanSlot known =
            (bytes32(bytes20(caller)) | (bytes32(msg.sig) >> 224)).asBoolean();
        if (known.tload()) return;
        // A delay is asked for and consumed by AccessManaged itself, below.
        // slither-disable-next-line unused-return
        (bool immediate,) =
            AuthorityUtils.canCallWithDelay(authority(), caller, address(this), msg.sig);
        if (immediate) {
            known.tstore(true);
        } else {
            super._checkCanCall(caller, data);
        }
    }
}
