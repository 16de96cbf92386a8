// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { IERC165 } from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import { IERC6909 } from "@openzeppelin/contracts/interfaces/IERC6909.sol";
import { BatchAccess } from "../access/BatchAccess.sol";
import { IWalletLedger } from "../interfaces/IWalletLedger.sol";
import { UseIntent } from "../types/Errors.sol";
import { HoldId } from "../types/Ids.sol";
import {
    BalanceWord,
    FLAG_CLOSED,
    FLAG_COUNTER,
    FLAG_FROZEN,
    HoldWord,
    shiftOf,
    slotKeyOf
} from "../types/LedgerWords.sol";
import { Pocket } from "../types/Money.sol";

/// @title The storage of the ledger and everything that only reads it.
abstract contract LedgerReads is IWalletLedger, BatchAccess {
    // ---- storage ----
    // slot 0       AccessManaged: authority, schedule flag
    // slot 1       _balances: account → Slot of CASH and MEDICAL; 1 << 161 | account → Slot of
    //              POINTS (one word each, see BalanceWord)
    // slot 2       _holds: hold id → HoldWord
    // slot 3       _transfers: sender → TransferRecord (two slots)
    // slot 4       _notices: channel → notice hash → used

    /// @dev Slot 0: receiver, amountFen, day. Slot 1: returnsAt, sentToday. The day and its
    /// count outlive the transfer; `amountFen` is zero when none is on its way.
    struct TransferRecord {
        address receiver;
        uint64 amountFen;
        int32 day;
        uint40 returnsAt;
        uint8 sentToday;
    }

    /// @dev A struct of one word: a reference to it is hashed once for reading and writing.
    struct Slot {
        BalanceWord word;
    }

    uint256 internal constant POCKETS = 3;

    mapping(uint256 slotKey => Slot slot) internal _balances;
    mapping(HoldId holdId => HoldWord word) internal _holds;
    mapping(address sender => TransferRecord record) internal _transfers;
    mapping(address channel => mapping(bytes32 noticeHash => bool used)) internal _notices;

    // ---- constructor ----

    constructor(address authority_) AccessManaged(authority_) { }

    // ---- closed ERC-6909 mutators ----

    /// @inheritdoc IERC6909
    function transfer(address, uint256, uint256) external pure returns (bool) {
        revert UseIntent();
    }

    /// @inheritdoc IERC6909
    function transferFrom(address, address, uint256, uint256) external pure returns (bool) {
        revert UseIntent();
    }

    /// @inheritdoc IERC6909
    function approve(address, uint256, uint256) external pure returns (bool) {
        revert UseIntent();
    }

    /// @inheritdoc IERC6909
    function setOperator(address, bool) external pure returns (bool) {
        revert UseIntent();
    }

    // ---- views ----

    /// @inheritdoc IERC6909
    function balanceOf(address account, uint256 id) external view returns (uint256) {
        return id < POCKETS ? _availableOf(account, Pocket(id)) : 0;
    }

    /// @inheritdoc IWalletLedger
    function heldOf(address account, Pocket pocket) external view returns (uint256) {
        return _heldOf(account, pocket);
    }

    /// @inheritdoc IWalletLedger
    function spendableOf(address account, Pocket pocket) external view returns (uint64) {
        uint64 available = _availableOf(account, pocket);
        if (pocket == Pocket.MEDICAL && _heldOf(account, pocket) != 0) {
            TransferRecord memory record = _transfers[account];
            if (block.timestamp >= record.returnsAt) available += record.amountFen;
        }
        return available;
    }

    /// @inheritdoc IWalletLedger
    function counterOf(address account) external view returns (int256) {
        // At most one of the two is a counter, the other is zero.
        return int256(_counterIn(_key(account, Pocket.CASH)))
            + _counterIn(_key(account, Pocket.POINTS));
    }

    /// @inheritdoc IWalletLedger
    function isCounter(address account) external view returns (bool) {
        return _balances[_key(account, Pocket.CASH)].word.has(FLAG_COUNTER | FLAG_CLOSED);
    }

    /// @inheritdoc IWalletLedger
    function balancesOf(address account)
        external
        view
        returns (uint64[3] memory available, uint64[3] memory held)
    {
        for (uint256 i = 0; i < POCKETS; ++i) {
            available[i] = _availableOf(account, Pocket(i));
            held[i] = _heldOf(account, Pocket(i));
        }
    }

    /// @inheritdoc IWalletLedger
    function isFrozen(address account) external view returns (bool) {
        return _balances[_key(account, Pocket.CASH)].word.has(FLAG_FROZEN);
    }

    /// @inheritdoc IWalletLedger
    function isNoticeUsed(address channel, bytes32 noticeHash) external view returns (bool) {
        return _notices[channel][noticeHash];
    }

    /// @inheritdoc IWalletLedger
    function holdOf(HoldId holdId) external view returns (Hold memory) {
        HoldWord word = _holds[holdId];
        return Hold({
            account: word.accountOf(),
            pocket: word.pocketOf(),
            state: HoldState(word.stateOf()),
            amountFen: word.amountOf(),
            expiresAt: word.expiryOf()
        });
    }

    /// @inheritdoc IWalletLedger
    function transferStateOf(
        address sender,
        int32 day
    ) external view returns (PendingTransfer memory pending, uint8 sentToday) {
        TransferRecord memory record = _transfers[sender];
        if (record.amountFen != 0) {
            pending = PendingTransfer(record.receiver, record.amountFen, record.returnsAt);
        }
        sentToday = record.day == day ? record.sentToday : 0;
    }

    /// @inheritdoc IERC6909
    function allowance(address, address, uint256) external pure returns (uint256) {
        return 0;
    }

    /// @inheritdoc IERC6909
    function isOperator(address, address) external pure returns (bool) {
        return false;
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return
            interfaceId == type(IERC6909).interfaceId || interfaceId == type(IERC165).interfaceId;
    }

    // ---- internals ----

    /// @dev A counter shows no balance.
    function _availableOf(address account, Pocket pocket) private view returns (uint64) {
        uint256 key = _key(account, pocket);
        BalanceWord word = _balances[slotKeyOf(key)].word;
        return word.has(FLAG_COUNTER) ? 0 : uint64(word.availableAt(shiftOf(key)));
    }

    function _heldOf(address account, Pocket pocket) private view returns (uint64) {
        uint256 key = _key(account, pocket);
        BalanceWord word = _balances[slotKeyOf(key)].word;
        return word.has(FLAG_COUNTER) ? 0 : uint64(word.heldAt(shiftOf(key)));
    }

    function _counterIn(uint256 slotKey) private view returns (int112) {
        BalanceWord word = _balances[slotKey].word;
        return word.has(FLAG_COUNTER) ? word.counterOf() : int112(0);
    }

    /// @dev Account and pocket in one word, as in Entry.
    function _key(address account, Pocket pocket) internal pure returns (uint256) {
        return uint256(uint160(account)) | (uint256(pocket) << 160);
    }

    function _accountOf(uint256 key) internal pure returns (address) {
        return address(uint160(key));
    }

    function _pocketOf(uint256 key) internal pure returns (Pocket) {
        return Pocket(key >> 160);
    }
}
