// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IIntentRouter } from "../src/interfaces/IIntentRouter.sol";
import { Intent, OpenWallet, PayPremium, TransferMedical } from "../src/types/Intents.sol";

/// @title A rule module that misbehaves on request: what the router must survive.
/// @dev Stands in the directory as PremiumCollector, MemberRegistry or WalletOperations.
contract RuleDouble {
    enum Manner {
        OBEY,
        REENTER,
        LONG_REASON,
        BURN_GAS,
        PANIC,
        SHORT_REASON
    }

    event Handled(address actor, bytes32 digest, uint256 gasLeft);

    error LongReason(bytes data);

    IIntentRouter private immutable ROUTER;
    Manner private _manner;
    uint256 private _amount;

    constructor(IIntentRouter router) {
        ROUTER = router;
    }

    function behave(Manner manner, uint256 amount) external {
        (_manner, _amount) = (manner, amount);
    }

    function pay(address actor, bytes32 digest, PayPremium calldata) external {
        _handle(actor, digest);
    }

    function transfer(address actor, bytes32 digest, TransferMedical calldata) external {
        _handle(actor, digest);
    }

    function openWallet(address actor, bytes32 digest, OpenWallet calldata) external {
        _handle(actor, digest);
    }

    function _handle(address actor, bytes32 digest) private {
        emit Handled(actor, digest, gasleft());
        if (_manner == Manner.REENTER) ROUTER.execute(new Intent[](0));
        if (_manner == Manner.LONG_REASON) revert LongReason(new bytes(_amount));
        if (_manner == Manner.BURN_GAS) _burn(_amount);
        if (_manner == Manner.PANIC) assert(false);
        if (_manner == Manner.SHORT_REASON) _revertWith(_amount);
    }

    function _burn(uint256 amount) private view {
        uint256 start = gasleft();
        // solhint-disable-next-line no-empty-blocks
        while (start - gasleft() < amount) { }
    }

    function _revertWith(uint256 size) private pure {
        // solhint-disable-next-line no-inline-assembly
        assembly {
            mstore(0, not(0))
            calldatacopy(64, 0, size)
            revert(0, size)
        }
    }
}
