// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Which contract may call which: role ids of the one AccessManager (table in
/// contracts/README.md).
/// @dev Roles of people and organisations are not here: they sit in the registries.
/// node/chain/deployment/deploy.py grants these; a test compares the numbers.
library Roles {
    /// @dev Accounts of relayers → IntentRouter.execute.
    uint64 internal constant RELAYER = 1;

    /// @dev IntentRouter → every handler f(actor, digest, body).
    uint64 internal constant ROUTER = 2;

    /// @dev WalletOperations, PremiumCollector, ClaimSettlement → mutators of WalletLedger.
    uint64 internal constant LEDGER_WRITER = 3;

    /// @dev PremiumCollector → mutators of BillRegistry.
    uint64 internal constant BILL_WRITER = 4;

    /// @dev ClaimSettlement → mutators of ClaimRegistry.
    uint64 internal constant CLAIM_WRITER = 5;

    /// @dev WalletOperations → MemberRegistry.freezeSigners, ProviderRegistry.setStatus.
    uint64 internal constant REGISTRY_KEEPER = 6;

    /// @dev ActionRegistry → WalletOperations.correct.
    uint64 internal constant CORRECTOR = 7;

    /// @dev Accounts of deployers → NetworkDirectory.set (delayed), ProviderRegistry.bootstrap.
    uint64 internal constant DEPLOYER = 8;
}
