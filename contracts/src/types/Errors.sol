// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { BillId, CareType, ClaimId, HoldId, Level, PlanId } from "./Ids.sol";
import { ClaimState } from "./ClaimTypes.sol";
import { Pocket } from "./Money.sol";

// The part of the error catalogue (domain.md section 11) that contracts raise. Same names and
// value names as node/domain/errors.py. No value is ever personal data: ids, amounts, days,
// codes only.

// invalid
error InvalidAmount(uint256 amountFen);
error InvalidRatio(uint256 ratioBp);
error InvalidBands(uint256 index);
error LineSumMismatch(uint256 statedFen, uint256 sumFen);
error InvalidPeriod(int256 startDay, int256 endDay);
error InvalidServiceDate(int256 startDay, int256 endDay);
error InvalidInstalment(BillId billId, uint256 part);

// invalid, coverage
error CoverageInactive(address member, int256 day);
error WaitingPeriodActive(address member, int256 careFromDay);
error ProviderNotContracted(address provider, address insurer);
error CareTypeNotCovered(CareType careType, Level level);
error PocketNotAllowed(Pocket pocket, uint256 purpose);

// forbidden
error RoleMissing(address account, bytes32 role);
error SameApprover(address approver);
error UseIntent();
error SignerFrozen(address account);
error NotOwner(address account, bytes32 subject);
error AccountFrozen(address account);
error NotNearRelative(address holder, address relative);
error FamilyLinkInactive(address holder, address relative);

// not found
error MemberUnknown(address member);
error ProviderUnknown(address provider);
error BillUnknown(BillId billId);
error ClaimUnknown(ClaimId claimId);
error PlanUnknown(PlanId planId, uint256 version);
error HoldUnknown(HoldId holdId);
error CoverageUnknown(address member, int256 startDay);
error TransferUnknown(address sender);

// conflict
error NonceUsed(address actor, uint256 intentNonce);
error BillAlreadyPaid(BillId billId);
error ClaimNumberUsed(ClaimId claimId);
error DuplicateClaim(bytes8 fingerprint);
error ClaimPending(ClaimId claimId);
error ClaimNotSettled(ClaimId claimId);
error LaterSettlementExists(ClaimId claimId);
error HoldEnded(HoldId holdId);
error QuoteExpired(uint256 quoteExpiresAt);
error QuoteStale(bytes32 subject);
error PlanVersionFrozen(PlanId planId, uint256 version);
error RefundExceedsPayment(BillId billId, uint256 refundFen, uint256 paidFen);

// conflict, money
error InsufficientBalance(
    address account, Pocket pocket, uint256 availableFen, uint256 neededFen
);
error FundInsufficient(address fund, uint256 availableFen, uint256 neededFen);
error TransferDailyLimit(address sender, uint256 sentToday);
error TransferTooLarge(uint256 amountFen, uint256 limitFen);
error TransferClosedHours(uint256 secondOfDay);
error TransferPending(address sender);
error WalletNotOpen(address account);

// unauthenticated
error SignatureInvalid();
error SignatureExpired(uint256 deadline);

// only contracts can meet these; listed in contracts/README.md and exempt from parity with the
// API catalogue
error OnlySelf();
error GasReserveTooLow(uint256 gasLeft, uint256 gasNeeded);
error Reentered();
error KindUnknown(uint256 kind);
error BodyNotCanonical(uint256 kind);
error EvidenceMismatch(ClaimId claimId);
error AlreadyExists(bytes32 subject);
error AddressUnknown(bytes32 name);
error ClaimStateInvalid(ClaimId claimId, ClaimState state);
error AmountOverflow(uint256 value);
error HoldNotLapsed(HoldId holdId);
error Paused();
error SignerTaken(bytes32 signerKey);
error NoticeUsed(bytes32 noticeHash);
error BillStateInvalid(BillId billId, uint256 state);
error RefundNotAllowed(BillId billId, uint256 reason);
error AccountUnknown(address account);
error TooMany(uint256 count, uint256 limit);
error AccountIdInvalid(address account);

// of ValidatorRegistry
error OperatorUnknown(address sender);
error ParticipantUnknown(address participant);
error KeyTaken(bytes32 consensusKey);
error AccountTaken(address account);
error EntryIncomplete(address participant);
error TooFewValidators(uint256 left, uint256 minimum);
error ProposalUnknown(uint256 proposalId);
error ProposalEnded(uint256 proposalId);
error ThresholdNotReached(uint256 proposalId, uint256 votes, uint256 needed);
error VoteAlreadyCast(uint256 proposalId, address participant);
error ChangeThisBlock(uint256 blockNumber);
error RelayerUnknown(address sender);
