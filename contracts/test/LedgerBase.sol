// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IAccessManaged } from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import { AccessManager } from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import { IWalletLedger } from "../src/interfaces/IWalletLedger.sol";
import { WalletLedger } from "../src/ledger/WalletLedger.sol";
import { Entry, credit, debit } from "../src/types/Entries.sol";
import { HoldId } from "../src/types/Ids.sol";
import { Pocket, Purpose } from "../src/types/Money.sol";
import { Roles } from "../src/access/Roles.sol";
import { TestBase } from "./TestBase.sol";

/// @title A ledger whose only writer is the test itself, and two counters to bring money in.
abstract contract LedgerBase is TestBase {
    address internal constant BANK = address(0xBA);
    address internal constant ISSUER = address(0x15);
    uint256 internal constant START = 1_760_000_000;

    WalletLedger internal ledger;

    function setUp() public virtual {
        VM.warp(START);
        ledger = _deployLedger(address(this));
        ledger.openCounter(BANK, Pocket.CASH);
        ledger.openCounter(ISSUER, Pocket.POINTS);
    }

    function _deployLedger(address writer) internal returns (WalletLedger deployed) {
        AccessManager manager = new AccessManager(address(this));
        deployed = new WalletLedger(address(manager));
        manager.setTargetFunctionRole(address(deployed), _mutators(), Roles.LEDGER_WRITER);
        _allow(address(deployed), writer);
    }

    /// @dev Makes an account a rule module of the ledger.
    function _allow(address target, address writer) internal {
        AccessManager(IAccessManaged(target).authority())
            .grantRole(Roles.LEDGER_WRITER, writer, 0);
    }

    function _mutators() private pure returns (bytes4[] memory mutators) {
        mutators = new bytes4[](11);
        mutators[0] = IWalletLedger.move.selector;
        mutators[1] = IWalletLedger.hold.selector;
        mutators[2] = IWalletLedger.postHold.selector;
        mutators[3] = IWalletLedger.voidHold.selector;
        mutators[4] = IWalletLedger.expireHold.selector;
        mutators[5] = IWalletLedger.useNotice.selector;
        mutators[6] = IWalletLedger.setFrozen.selector;
        mutators[7] = IWalletLedger.openCounter.selector;
        mutators[8] = IWalletLedger.placeTransfer.selector;
        mutators[9] = IWalletLedger.acceptTransfer.selector;
        mutators[10] = IWalletLedger.returnTransfer.selector;
    }

    function _one(
        address from,
        Pocket fromPocket,
        address to,
        Pocket toPocket,
        uint64 amountFen
    ) internal pure returns (Entry[] memory entries) {
        entries = new Entry[](2);
        entries[0] = credit(to, toPocket);
        entries[1] = debit(from, fromPocket, amountFen);
    }

    /// @dev Puts money into a pocket by a way that is open for it.
    function _fund(address account, Pocket pocket, uint64 amountFen) internal {
        address source = pocket == Pocket.POINTS ? ISSUER : BANK;
        Pocket from = pocket == Pocket.POINTS ? Pocket.POINTS : Pocket.CASH;
        Purpose purpose = pocket == Pocket.MEDICAL ? Purpose.GRANT : Purpose.DEPOSIT;
        ledger.move(bytes32(0), purpose, _one(source, from, account, pocket, amountFen));
    }

    function _balance(address account, Pocket pocket) internal view returns (uint256) {
        return ledger.balanceOf(account, uint256(pocket));
    }

    function _holdId(uint256 number) internal pure returns (HoldId) {
        return HoldId.wrap(keccak256(abi.encode(number)));
    }
}
