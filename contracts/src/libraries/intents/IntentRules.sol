// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IActionRegistry } from "../../interfaces/IActionRegistry.sol";
import { IClaimSettlement } from "../../interfaces/IClaimSettlement.sol";
import { ICoverageRegistry } from "../../interfaces/ICoverageRegistry.sol";
import { IIntentRouter } from "../../interfaces/IIntentRouter.sol";
import { IMemberRegistry } from "../../interfaces/IMemberRegistry.sol";
import { IPlanRegistry } from "../../interfaces/IPlanRegistry.sol";
import { IPremiumCollector } from "../../interfaces/IPremiumCollector.sol";
import { IProviderRegistry } from "../../interfaces/IProviderRegistry.sol";
import { IWalletOperations } from "../../interfaces/IWalletOperations.sol";
import { IntentKind } from "../../types/Intents.sol";

/// @title What is fixed about each kind of intent: handler, shape, signers, gas budget.
/// @dev Pure code, so that a look-up reads no storage. node/intents/messages.py mirrors it and a
/// test compares both.
library IntentRules {
    /// @dev What follows the static words of a body.
    enum Shape {
        STATIC,
        BYTES,
        LINES
    }

    /// @dev One packed word, because every item looks it up twice: selector 32 bits, target 8,
    /// shape 8, static words of the body 16, gas per word of the body 32, gas base 32.
    type Rule is uint256;

    uint256 private constant ACTION_REGISTRY = 1;
    uint256 private constant CLAIM_SETTLEMENT = 2;
    uint256 private constant COVERAGE_REGISTRY = 3;
    uint256 private constant INTENT_ROUTER = 4;
    uint256 private constant MEMBER_REGISTRY = 5;
    uint256 private constant PLAN_REGISTRY = 6;
    uint256 private constant PREMIUM_COLLECTOR = 7;
    uint256 private constant PROVIDER_REGISTRY = 8;
    uint256 private constant WALLET_OPERATIONS = 9;

    uint256 internal constant WORD = 32;
    uint256 internal constant LINE_WORDS = 5;

    /// @dev What the router itself needs to pass a body on and to end the batch.
    uint256 internal constant RESERVE = 40_000;
    uint256 internal constant RESERVE_PER_WORD = 20;

    /// @dev The rules of the two most frequent kinds, put together by the compiler: a quarter of
    /// what `_static` and `_lines` cost.
    uint256 private constant PAY_PREMIUM = uint256(uint32(IPremiumCollector.pay.selector)) << 96
        | PREMIUM_COLLECTOR << 88 | uint256(Shape.STATIC) << 80 | 6 << 64 | 250_000;
    uint256 private constant SETTLE_CLAIM = uint256(uint32(IClaimSettlement.settle.selector))
        << 96 | CLAIM_SETTLEMENT << 88 | uint256(Shape.LINES) << 80 | 18 << 64 | 1500 << 32
        | 450_000;

    // --------------------------------------------------------------------------------
    // reading a rule

    /// @dev The handler's selector; zero for NONE.
    function selectorOf(Rule rule) internal pure returns (bytes4) {
        return bytes4(uint32(Rule.unwrap(rule) >> 96));
    }

    /// @dev The name of the handler's contract in the directory; zero for the router itself.
    function targetOf(Rule rule) internal pure returns (bytes32) {
        uint256 target = uint8(Rule.unwrap(rule) >> 88);
        if (target == PREMIUM_COLLECTOR) return "PremiumCollector";
        if (target == CLAIM_SETTLEMENT) return "ClaimSettlement";
        if (target == WALLET_OPERATIONS) return "WalletOperations";
        if (target == MEMBER_REGISTRY) return "MemberRegistry";
        if (target == PROVIDER_REGISTRY) return "ProviderRegistry";
        if (target == COVERAGE_REGISTRY) return "CoverageRegistry";
        if (target == PLAN_REGISTRY) return "PlanRegistry";
        if (target == ACTION_REGISTRY) return "ActionRegistry";
        return 0;
    }

    /// @dev What follows the static words.
    function shapeOf(Rule rule) internal pure returns (Shape) {
        return Shape(uint8(Rule.unwrap(rule) >> 80));
    }

    /// @dev The number of static words of the body.
    function wordsOf(Rule rule) internal pure returns (uint256) {
        return uint16(Rule.unwrap(rule) >> 64);
    }

    /// @dev The call of the handler: f(actor, digest, body).
    function callOf(
        Rule rule,
        address actor,
        bytes32 digest,
        bytes calldata body
    ) internal pure returns (bytes memory) {
        bytes4 selector = selectorOf(rule);
        uint256 account = uint160(actor);
        return shapeOf(rule) == Shape.STATIC
            ? abi.encodePacked(selector, account, digest, body)
            // A dynamic struct follows the three words of the arguments.
            : abi.encodePacked(selector, account, digest, uint256(96), body);
    }

    /// @dev The gas one item may use, and no more: the same whoever sends the batch.
    function gasLimit(Rule rule, uint256 bodyLength) internal pure returns (uint256) {
        uint256 perWord = uint32(Rule.unwrap(rule) >> 32);
        // A length of calldata is far too small to overflow.
        unchecked {
            // Whole words: a canonical body has no others.
            // slither-disable-next-line divide-before-multiply
            return uint32(Rule.unwrap(rule)) + bodyLength / WORD * perWord;
        }
    }

    /// @dev The gas that must be left before an item with that limit, so that it is really
    /// there: a call keeps back one part in 64 (EIP-150).
    function gasBudget(uint256 limit, uint256 bodyLength) internal pure returns (uint256) {
        unchecked {
            // Whole words, as above.
            // slither-disable-next-line divide-before-multiply
            return limit * 64 / 63 + RESERVE + bodyLength / WORD * RESERVE_PER_WORD;
        }
    }

    // --------------------------------------------------------------------------------
    // signers

    /// @dev Whether members sign for this kind; the rest but CANCEL_INTENT is for organisations.
    function isForMembers(IntentKind kind) internal pure returns (bool) {
        return kind < IntentKind.CANCEL_INTENT;
    }

    /// @dev Whether every kind of account may sign.
    function isForAll(IntentKind kind) internal pure returns (bool) {
        return kind == IntentKind.CANCEL_INTENT;
    }

    /// @dev Whether the member in word 0 of the body signs too.
    function hasCounterparty(IntentKind kind) internal pure returns (bool) {
        return kind == IntentKind.SETTLE_CLAIM || kind == IntentKind.LINK_FAMILY;
    }

    /// @dev The governance kinds that run while everything else is paused, and lift the pause.
    function runsWhilePaused(IntentKind kind) internal pure returns (bool) {
        return kind == IntentKind.PROPOSE_ACTION || kind == IntentKind.APPROVE_ACTION;
    }

    // --------------------------------------------------------------------------------
    // handlers

    /// @dev The rule of a kind; zero for NONE. The two most frequent kinds come first.
    // A table, one entry per kind.
    // solhint-disable-next-line function-max-lines
    function ruleOf(IntentKind kind) internal pure returns (Rule) {
        if (kind == IntentKind.PAY_PREMIUM) return Rule.wrap(PAY_PREMIUM);
        if (kind == IntentKind.SETTLE_CLAIM) return Rule.wrap(SETTLE_CLAIM);
        if (kind == IntentKind.OPEN_WALLET) {
            return _static(MEMBER_REGISTRY, IMemberRegistry.openWallet.selector, 1, 300_000);
        }
        if (kind == IntentKind.TRANSFER_MEDICAL) {
            return _static(WALLET_OPERATIONS, IWalletOperations.transfer.selector, 2, 300_000);
        }
        if (kind == IntentKind.ACCEPT_TRANSFER) {
            return
                _static(WALLET_OPERATIONS, IWalletOperations.acceptTransfer.selector, 2, 300_000);
        }
        if (kind == IntentKind.WITHDRAW) {
            return _static(WALLET_OPERATIONS, IWalletOperations.withdraw.selector, 3, 300_000);
        }
        if (kind == IntentKind.LINK_FAMILY) {
            return _static(MEMBER_REGISTRY, IMemberRegistry.linkFamily.selector, 2, 300_000);
        }
        if (kind == IntentKind.END_FAMILY_LINK) {
            return _static(MEMBER_REGISTRY, IMemberRegistry.endFamilyLink.selector, 1, 300_000);
        }
        if (kind == IntentKind.ROTATE_MEMBER_SIGNER) {
            return _static(MEMBER_REGISTRY, IMemberRegistry.rotateSigner.selector, 4, 300_000);
        }
        if (kind == IntentKind.CONFIRM_CLAIM) {
            return _bytes(CLAIM_SETTLEMENT, IClaimSettlement.confirm.selector, 2, 500_000, 1000);
        }
        if (kind == IntentKind.CANCEL_INTENT) {
            return _static(INTENT_ROUTER, IIntentRouter.cancel.selector, 1, 60_000);
        }
        if (kind == IntentKind.SUBMIT_CLAIM) {
            return _lines(CLAIM_SETTLEMENT, IClaimSettlement.submit.selector, 18, 600_000, 1500);
        }
        if (kind == IntentKind.CANCEL_CLAIM) {
            return _static(CLAIM_SETTLEMENT, IClaimSettlement.cancel.selector, 1, 300_000);
        }
        if (kind == IntentKind.REVERSE_CLAIMS) {
            return _bytes(CLAIM_SETTLEMENT, IClaimSettlement.reverse.selector, 1, 300_000, 8000);
        }
        if (kind == IntentKind.DEPOSIT) {
            return _static(WALLET_OPERATIONS, IWalletOperations.deposit.selector, 4, 300_000);
        }
        if (kind == IntentKind.TRANSFER_FUND) {
            return
                _static(WALLET_OPERATIONS, IWalletOperations.transferFund.selector, 7, 300_000);
        }
        if (kind == IntentKind.OPEN_MEMBER) {
            return _static(MEMBER_REGISTRY, IMemberRegistry.open.selector, 5, 300_000);
        }
        if (kind == IntentKind.ASSIGN_GUARDIAN) {
            return _static(MEMBER_REGISTRY, IMemberRegistry.assignGuardian.selector, 3, 300_000);
        }
        if (kind == IntentKind.FREEZE_ACCOUNT) {
            return _static(WALLET_OPERATIONS, IWalletOperations.freeze.selector, 3, 300_000);
        }
        if (kind == IntentKind.ENROL) {
            return _static(COVERAGE_REGISTRY, ICoverageRegistry.enrol.selector, 13, 300_000);
        }
        if (kind == IntentKind.END_COVERAGE) {
            return _static(COVERAGE_REGISTRY, ICoverageRegistry.end.selector, 5, 300_000);
        }
        if (kind == IntentKind.ISSUE_BILL) {
            return _static(PREMIUM_COLLECTOR, IPremiumCollector.issue.selector, 13, 500_000);
        }
        if (kind == IntentKind.CANCEL_BILL) {
            return _static(PREMIUM_COLLECTOR, IPremiumCollector.cancel.selector, 1, 300_000);
        }
        if (kind == IntentKind.REFUND_PREMIUM) {
            return _static(PREMIUM_COLLECTOR, IPremiumCollector.refund.selector, 2, 400_000);
        }
        if (kind == IntentKind.DECLARE_WAGE) {
            return _static(PREMIUM_COLLECTOR, IPremiumCollector.declareWage.selector, 8, 500_000);
        }
        if (kind == IntentKind.PAY_DECLARED) {
            return _static(PREMIUM_COLLECTOR, IPremiumCollector.payDeclared.selector, 4, 400_000);
        }
        if (kind == IntentKind.REGISTER_ORGANISATION) {
            return _static(PROVIDER_REGISTRY, IProviderRegistry.register.selector, 8, 300_000);
        }
        if (kind == IntentKind.CONTRACT_PROVIDER) {
            return _static(
                PROVIDER_REGISTRY, IProviderRegistry.contractProvider.selector, 2, 300_000
            );
        }
        if (kind == IntentKind.REGISTER_OFFICER) {
            return
                _static(
                    PROVIDER_REGISTRY, IProviderRegistry.registerOfficer.selector, 4, 300_000
                );
        }
        if (kind == IntentKind.ROTATE_ORGANISATION_SIGNER) {
            return
                _static(PROVIDER_REGISTRY, IProviderRegistry.rotateSigner.selector, 4, 300_000);
        }
        if (kind == IntentKind.PUBLISH_PLAN) {
            return _bytes(PLAN_REGISTRY, IPlanRegistry.propose.selector, 11, 500_000, 10_000);
        }
        if (kind == IntentKind.APPROVE_PLAN) {
            return _static(PLAN_REGISTRY, IPlanRegistry.approve.selector, 3, 300_000);
        }
        if (kind == IntentKind.PROPOSE_ACTION) {
            return _bytes(ACTION_REGISTRY, IActionRegistry.propose.selector, 1, 200_000, 500);
        }
        if (kind == IntentKind.APPROVE_ACTION) {
            return _bytes(ACTION_REGISTRY, IActionRegistry.approve.selector, 1, 200_000, 15_000);
        }
        return Rule.wrap(0);
    }

    // --------------------------------------------------------------------------------
    // internals

    function _static(
        uint256 target,
        bytes4 selector,
        uint256 words,
        uint256 gasBase
    ) private pure returns (Rule) {
        return _rule(target, selector, Shape.STATIC, words, gasBase, 0);
    }

    function _bytes(
        uint256 target,
        bytes4 selector,
        uint256 words,
        uint256 gasBase,
        uint256 gasPerWord
    ) private pure returns (Rule) {
        return _rule(target, selector, Shape.BYTES, words, gasBase, gasPerWord);
    }

    function _lines(
        uint256 target,
        bytes4 selector,
        uint256 words,
        uint256 gasBase,
        uint256 gasPerWord
    ) private pure returns (Rule) {
        return _rule(target, selector, Shape.LINES, words, gasBase, gasPerWord);
    }

    function _rule(
        uint256 target,
        bytes4 selector,
        Shape shape,
        uint256 words,
        uint256 gasBase,
        uint256 gasPerWord
    ) private pure returns (Rule) {
        uint256 head = uint256(uint32(selector)) << 96 | target << 88 | uint256(shape) << 80;
        return Rule.wrap(head | words << 64 | gasPerWord << 32 | gasBase);
    }
}
