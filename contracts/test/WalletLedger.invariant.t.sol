// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IWalletLedger } from "../src/interfaces/IWalletLedger.sol";
import { HoldId } from "../src/types/Ids.sol";
import { Pocket } from "../src/types/Money.sol";
import { WalletLedger } from "../src/ledger/WalletLedger.sol";
import { LedgerBase } from "./LedgerBase.sol";
import { LedgerHandler } from "./LedgerHandler.sol";
import { ReferenceLedger } from "./ReferenceLedger.sol";

/// @title The invariants of contracts/README.md over random histories.
/// @dev 64 histories of 64 calls; with FOUNDRY_PROFILE=long 256 of 400, which is 102,400 calls.
contract WalletLedgerInvariantTest is LedgerBase {
    uint256 private constant ACCOUNTS = 7;

    LedgerHandler private handler;
    ReferenceLedger private plain;

    function setUp() public override {
        VM.warp(START);
        plain = new ReferenceLedger();
        ledger = _deployLedger(address(this));
        handler = new LedgerHandler(ledger, plain, START);
        _allow(address(ledger), address(handler));
        handler.begin();
    }

    /// @dev Forge reads this: only the handler is called.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @dev One function, so that one campaign of calls serves all invariants.
    function invariant_ledgerHolds() external view {
        _answersLikeTheReference();
        _moneyAndPointsEachSumToZero();
        _everyFigureEqualsTheReference();
        _heldIsTheSumOfOpenHolds();
        _spendableCountsLapsedTransfers();
        _countersHaveNoBalance();
    }

    /// @dev Otherwise a run of refusals would prove nothing.
    function afterInvariant() external view {
        require(handler.accepted() * 4 > handler.calls(), "too few calls were accepted");
    }

    function _answersLikeTheReference() private view {
        require(bytes(handler.difference()).length == 0, handler.difference());
    }

    /// @dev INV-1, INV-2.
    function _moneyAndPointsEachSumToZero() private view {
        int256 money = 0;
        int256 points = 0;
        for (uint256 i = 0; i < ACCOUNTS; ++i) {
            address account = handler.accounts(i);
            (uint64[3] memory available, uint64[3] memory held) = ledger.balancesOf(account);
            money += int256(uint256(available[0]) + available[1] + held[0] + held[1]);
            points += int256(uint256(available[2]) + held[2]);
            if (!plain.isCounter(account)) continue;
            if (plain.counterPocket(account) == Pocket.POINTS) {
                points += ledger.counterOf(account);
            } else {
                money += ledger.counterOf(account);
            }
        }
        _same("money", money, 0);
        _same("points", points, 0);
    }

    /// @dev INV-3 (nothing below zero follows: the stored numbers are unsigned), INV-9.
    function _everyFigureEqualsTheReference() private view {
        for (uint256 i = 0; i < ACCOUNTS; ++i) {
            address account = handler.accounts(i);
            bool counter = plain.isCounter(account);
            for (uint256 p = 0; p < 3; ++p) {
                Pocket pocket = Pocket(p);
                bool signed = counter && plain.counterPocket(account) == pocket;
                int256 value = plain.available(account, pocket);
                int256 shown = int256(ledger.balanceOf(account, p));
                _same("available", shown, signed ? int256(0) : value);
                if (signed) _same("counter", ledger.counterOf(account), value);
                _same(
                    "held", int256(ledger.heldOf(account, pocket)), plain.held(account, pocket)
                );
            }
        }
    }

    /// @dev INV-4: held money is the sum of the open holds; INV-5: an ended hold keeps its
    /// state.
    function _heldIsTheSumOfOpenHolds() private view {
        uint256 sum = 0;
        uint256 held = 0;
        for (uint256 i = 1; i <= handler.placed(); ++i) {
            HoldId id = HoldId.wrap(bytes32(i));
            IWalletLedger.Hold memory one = ledger.holdOf(id);
            (,, uint256 amountFen,, uint256 state) = plain.holds(id);
            _same("state", uint256(one.state), state);
            _same("amount", one.amountFen, amountFen);
            if (one.state == IWalletLedger.HoldState.OPEN) sum += one.amountFen;
        }
        for (uint256 i = 0; i < ACCOUNTS; ++i) {
            (, uint64[3] memory parts) = ledger.balancesOf(handler.accounts(i));
            (IWalletLedger.PendingTransfer memory pending,) =
                ledger.transferStateOf(handler.accounts(i), 0);
            held += uint256(parts[0]) + parts[1] + parts[2];
            sum += pending.amountFen;
        }
        _same("held", held, sum);
    }

    /// @dev INV-8: what could be spent is what is available and a lapsed transfer of one's own.
    function _spendableCountsLapsedTransfers() private view {
        for (uint256 i = 0; i < ACCOUNTS; ++i) {
            address account = handler.accounts(i);
            (IWalletLedger.PendingTransfer memory pending,) = ledger.transferStateOf(account, 0);
            uint256 expected = ledger.balanceOf(account, 1);
            if (handler.nowAt() >= pending.returnsAt) expected += pending.amountFen;
            _same("spendable", ledger.spendableOf(account, Pocket.MEDICAL), expected);
        }
    }

    /// @dev INV-10: a counter shows no balance and has no other pocket.
    function _countersHaveNoBalance() private view {
        for (uint256 i = 0; i < ACCOUNTS; ++i) {
            address account = handler.accounts(i);
            if (!ledger.isCounter(account)) continue;
            (uint64[3] memory available, uint64[3] memory held) = ledger.balancesOf(account);
            for (uint256 p = 0; p < 3; ++p) {
                _same("counter pocket", uint256(available[p]) + held[p], 0);
            }
        }
    }
}
