// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev The pockets of every account; the number is the ERC-6909 token id. Funds, receivables
/// and technical accounts keep their money in CASH.
enum Pocket {
    CASH,
    MEDICAL,
    POINTS
}

enum FundKind {
    POOLED,
    BIG_ILLNESS,
    AID,
    SUBSIDY,
    CAMPAIGN
}

/// @dev Why money moved. The number is part of the public record: append only.
enum Purpose {
    NONE,
    DEPOSIT,
    WITHDRAWAL,
    TRANSFER_SENT,
    TRANSFER_ACCEPTED,
    TRANSFER_RETURNED,
    PREMIUM,
    PREMIUM_REFUND,
    CLAIM,
    CLAIM_REVERSAL,
    FUND_TRANSFER,
    CORRECTION,
    CLEARING,
    INCENTIVE,
    GRANT
}

/// @dev One balanced movement: `amountFen` leaves `from` and reaches `to`. The form for people
/// and for rules; the ledger takes it packed (see Entry).
struct Posting {
    address from;
    Pocket fromPocket;
    address to;
    Pocket toPocket;
    uint64 amountFen;
}

/// @dev The largest amount of any single figure, 10^13 fen (domain.md section 3).
uint64 constant MAX_AMOUNT_FEN = 10_000_000_000_000;

/// @dev Basis points of one whole.
uint16 constant WHOLE_BP = 10_000;
