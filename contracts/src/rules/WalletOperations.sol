// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { BatchAccess } from "../access/BatchAccess.sol";
import { IMemberRegistry } from "../interfaces/IMemberRegistry.sol";
import { IProviderRegistry } from "../interfaces/IProviderRegistry.sol";
import { IWalletLedger } from "../interfaces/IWalletLedger.sol";
import { IWalletOperations } from "../interfaces/IWalletOperations.sol";
import { Accounts } from "../libraries/money/Accounts.sol";
import { Days } from "../libraries/time/Days.sol";
import { PostingLists } from "../libraries/money/PostingLists.sol";
import { Entry, credit, debit } from "../types/Entries.sol";
import {
    AccountUnknown,
    FundInsufficient,
    MemberUnknown,
    NotNearRelative,
    NotOwner,
    PocketNotAllowed,
    RoleMissing,
    TransferClosedHours,
    TransferDailyLimit,
    TransferPending,
    TransferTooLarge,
    TransferUnknown,
    WalletNotOpen
} from "../types/Errors.sol";
import {
    AcceptTransfer,
    Deposit,
    FreezeAccount,
    TransferFund,
    TransferMedical,
    Withdraw
} from "../types/Intents.sol";
import { FundKind, Pocket, Posting, Purpose } from "../types/Money.sol";
import { OrganisationKind, OrganisationStatus, Relation } from "../types/Parties.sol";

/// @title Rules of money that enters, leaves or changes hands outside premiums and claims.
contract WalletOperations is IWalletOperations, BatchAccess {
    // ---- storage: none ----

    uint8 private constant TRANSFERS_PER_DAY = 3;
    uint64 private constant TRANSFER_LIMIT_FEN = 200_000;

    IWalletLedger private immutable LEDGER;
    IMemberRegistry private immutable MEMBERS;
    IProviderRegistry private immutable PROVIDERS;

    // ---- constructor ----

    constructor(
        address authority_,
        IWalletLedger ledger,
        IMemberRegistry members,
        IProviderRegistry providers
    ) AccessManaged(authority_) {
        LEDGER = ledger;
        MEMBERS = members;
        PROVIDERS = providers;
    }

    // ---- deposits and withdrawals ----

    /// @inheritdoc IWalletOperations
    function deposit(address actor, bytes32 digest, Deposit calldata body) external restricted {
        PROVIDERS.requireKind(actor, OrganisationKind.CHANNEL);
        _requireDepositTarget(body);

        address source = _openExternal(actor);
        LEDGER.useNotice(actor, body.noticeHash);
        _moveOne(digest, Purpose.DEPOSIT, source, body.account, Pocket.CASH, body.amountFen);

        emit Deposited(
            digest, body.account, actor, uint8(Pocket.CASH), body.amountFen, body.noticeHash
        );
    }

    /// @inheritdoc IWalletOperations
    function withdraw(
        address actor,
        bytes32 digest,
        Withdraw calldata body
    ) external restricted {
        _requireWallet(actor);
        PROVIDERS.requireKind(body.channel, OrganisationKind.CHANNEL);

        address target = _openExternal(body.channel);
        _moveOne(digest, Purpose.WITHDRAWAL, actor, target, Pocket.CASH, body.amountFen);

        emit Withdrawn(digest, actor, body.channel, body.amountFen, body.destinationHash);
    }

    // ---- wallet transfers ----

    /// @inheritdoc IWalletOperations
    function transfer(
        address actor,
        bytes32 digest,
        TransferMedical calldata body
    ) external restricted {
        _requireWallet(actor);
        _requireWallet(body.receiver);
        _requireNearRelative(actor, body.receiver);
        if (body.amountFen > TRANSFER_LIMIT_FEN) {
            revert TransferTooLarge(body.amountFen, TRANSFER_LIMIT_FEN);
        }
        uint256 second = Days.secondOfDay(block.timestamp);
        if (second < Days.SIX_O_CLOCK || second >= Days.TWENTY_TWO_O_CLOCK) {
            revert TransferClosedHours(second);
        }
        int32 day = Days.today();
        _requireTransferFree(actor, day);

        uint40 returnsAt = Days.nextSixOClock(block.timestamp);
        LEDGER.placeTransfer(
            actor, IWalletLedger.PendingTransfer(body.receiver, body.amountFen, returnsAt), day
        );

        emit TransferSent(digest, actor, body.receiver, body.amountFen, returnsAt);
    }

    /// @inheritdoc IWalletOperations
    function acceptTransfer(
        address actor,
        bytes32 digest,
        AcceptTransfer calldata body
    ) external restricted {
        // How many were sent today matters to sending only.
        // slither-disable-next-line unused-return
        (IWalletLedger.PendingTransfer memory pending,) = LEDGER.transferStateOf(body.sender, 0);
        // The ledger itself refuses a lapsed one.
        if (pending.receiver != actor || pending.amountFen != body.amountFen) {
            revert TransferUnknown(body.sender);
        }

        LEDGER.acceptTransfer(body.sender, digest);

        emit TransferAccepted(digest, body.sender, actor, body.amountFen);
    }

    /// @inheritdoc IWalletOperations
    /// @dev Not restricted: it can only give back what is due to be given back.
    function returnTransfer(address sender) external returns (bool returned) {
        return LEDGER.returnTransfer(sender);
    }

    // ---- funds ----

    /// @inheritdoc IWalletOperations
    function transferFund(
        address actor,
        bytes32 digest,
        TransferFund calldata body
    ) external restricted {
        PROVIDERS.requireKind(actor, OrganisationKind.INSURER);
        address from = Accounts.fund(body.region, body.scheme, body.fromKind);
        if (!(PROVIDERS.organisationOf(actor).region == body.region)) {
            revert NotOwner(actor, bytes32(uint256(uint160(from))));
        }
        (address to, Pocket toPocket, Purpose purpose) = _fundTarget(body);
        uint256 available = LEDGER.balanceOf(from, uint256(Pocket.CASH));
        if (available < body.amountFen) {
            revert FundInsufficient(from, available, body.amountFen);
        }

        _moveOne(digest, purpose, from, to, toPocket, body.amountFen);

        emit FundTransferred(digest, from, to, body.amountFen, body.reasonCode);
    }

    // ---- freezes and corrections ----

    /// @inheritdoc IWalletOperations
    function freeze(
        address actor,
        bytes32 digest,
        FreezeAccount calldata body
    ) external restricted {
        bool isMember = Accounts.isMemberId(body.account);
        _requireFreezer(actor, isMember);
        // An operator that freezes itself could not be released by anybody.
        if (body.account == actor) revert NotOwner(actor, bytes32(uint256(uint160(actor))));

        LEDGER.setFrozen(body.account, body.frozen, body.reasonCode);
        if (isMember) {
            if (!MEMBERS.exists(body.account)) revert MemberUnknown(body.account);
            MEMBERS.freezeSigners(body.account, body.frozen, body.reasonCode);
        } else if (Accounts.isOrganisationId(body.account)) {
            OrganisationStatus status =
                body.frozen ? OrganisationStatus.SUSPENDED : OrganisationStatus.ACTIVE;
            PROVIDERS.setStatus(body.account, status, body.reasonCode);
        }

        emit AccountFrozenSet(digest, body.account, body.frozen, body.reasonCode);
    }

    /// @inheritdoc IWalletOperations
    function correct(
        bytes32 actionId,
        bytes32 correctedRef,
        Posting[] calldata postings
    ) external restricted {
        LEDGER.move(actionId, Purpose.CORRECTION, PostingLists.pack(postings));
        emit Corrected(actionId, correctedRef, postings.length);
    }

    // ---- internals ----

    function _requireWallet(address account) private view {
        if (!MEMBERS.walletOpen(account)) revert WalletNotOpen(account);
    }

    function _requireDepositTarget(Deposit calldata body) private view {
        if (body.pocket != Pocket.CASH) {
            revert PocketNotAllowed(body.pocket, uint256(Purpose.DEPOSIT));
        }
        if (Accounts.isMemberId(body.account)) {
            if (!MEMBERS.exists(body.account)) revert MemberUnknown(body.account);
            _requireWallet(body.account);
        } else if (Accounts.isOrganisationId(body.account)) {
            // Reverts for one that is not registered: money sent there could never be spent.
            // slither-disable-next-line unused-return
            PROVIDERS.organisationOf(body.account);
        } else if (!Accounts.isDerivedId(body.account)) {
            revert AccountUnknown(body.account);
        } else if (LEDGER.isCounter(body.account)) {
            revert PocketNotAllowed(Pocket.CASH, uint256(Purpose.DEPOSIT));
        }
    }

    /// @dev Every relation a link can have is a near one (domain.md section 3); either may be
    /// the holder.
    function _requireNearRelative(address sender, address receiver) private view {
        if (
            MEMBERS.relationOf(sender, receiver) == Relation.NONE
                && MEMBERS.relationOf(receiver, sender) == Relation.NONE
        ) revert NotNearRelative(sender, receiver);
    }

    /// @dev A lapsed transfer is no obstacle: placing the next one returns it first.
    function _requireTransferFree(address sender, int32 day) private view {
        (IWalletLedger.PendingTransfer memory pending, uint8 sentToday) =
            LEDGER.transferStateOf(sender, day);
        if (pending.amountFen != 0 && block.timestamp < pending.returnsAt) {
            revert TransferPending(sender);
        }
        if (sentToday >= TRANSFERS_PER_DAY) revert TransferDailyLimit(sender, sentToday);
    }

    /// @dev The two ways out of a fund that are neither a premium nor a claim.
    function _fundTarget(TransferFund calldata body)
        private
        view
        returns (address to, Pocket toPocket, Purpose purpose)
    {
        bool isGrant = body.member != address(0);
        purpose = isGrant ? Purpose.GRANT : Purpose.FUND_TRANSFER;
        FundKind expected = isGrant ? FundKind.POOLED : FundKind.BIG_ILLNESS;
        if (body.fromKind != FundKind.POOLED || body.toKind != expected) {
            revert PocketNotAllowed(Pocket.CASH, uint256(purpose));
        }
        if (!isGrant) {
            return (Accounts.fund(body.region, body.scheme, body.toKind), Pocket.CASH, purpose);
        }
        _requireWallet(body.member);
        return (body.member, Pocket.MEDICAL, purpose);
    }

    function _requireFreezer(address actor, bool isMember) private view {
        if (!isMember) {
            PROVIDERS.requireKind(actor, OrganisationKind.OPERATOR);
            return;
        }
        IProviderRegistry.Organisation memory organisation = PROVIDERS.organisationOf(actor);
        bool allowed = organisation.kind == OrganisationKind.OPERATOR
            || organisation.kind == OrganisationKind.INSURER;
        if (!allowed || organisation.status != OrganisationStatus.ACTIVE) {
            revert RoleMissing(actor, "OPERATOR");
        }
    }

    /// @dev The EXTERNAL counter of a channel, opened when money first passes.
    function _openExternal(address channel) private returns (address account) {
        account = Accounts.externalOf(channel);
        if (!LEDGER.isCounter(account)) LEDGER.openCounter(account, Pocket.CASH);
    }

    /// @dev One posting out of a CASH pocket.
    function _moveOne(
        bytes32 ref,
        Purpose purpose,
        address from,
        address to,
        Pocket toPocket,
        uint64 amountFen
    ) private {
        Entry[] memory entries = new Entry[](2);
        entries[0] = credit(to, toPocket);
        entries[1] = debit(from, Pocket.CASH, amountFen);
        LEDGER.move(ref, purpose, entries);
    }
}
