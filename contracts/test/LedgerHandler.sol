// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IWalletLedger } from "../src/interfaces/IWalletLedger.sol";
import { PostingLists } from "../src/libraries/money/PostingLists.sol";
import { HoldId } from "../src/types/Ids.sol";
import { Pocket, Posting, Purpose } from "../src/types/Money.sol";
import { ReferenceLedger } from "./ReferenceLedger.sol";
import { TestBase } from "./TestBase.sol";

/// @title Random calls, made on the ledger and on the reference; both must answer alike.
/// @dev Few accounts, few holds and small amounts, so that calls meet one another.
contract LedgerHandler is TestBase {
    uint256 private constant PURPOSES = uint256(type(Purpose).max) + 1;

    IWalletLedger public immutable LEDGER;
    ReferenceLedger public immutable REFERENCE;
    address[7] public accounts = [
        address(0xA1), address(0xB2), address(0xC3), address(0xF4), address(0xE5), BANK, ISSUER
    ];
    address public constant BANK = address(0xBA);
    address public constant ISSUER = address(0x15);

    /// @dev Holds are numbered from 1.
    uint256 public placed;
    uint256 public calls;
    uint256 public accepted;
    uint256 public nowAt;
    /// @dev The first call that the two answered differently; empty while they agree.
    string public difference;

    constructor(IWalletLedger ledger, ReferenceLedger plain, uint256 start) {
        (LEDGER, REFERENCE, nowAt) = (ledger, plain, start);
    }

    /// @dev Two counters, and money of each kind in four accounts; later calls do nothing.
    function begin() external {
        if (calls != 0) return;
        _both("open", abi.encodeCall(LEDGER.openCounter, (BANK, Pocket.CASH)), "");
        _both("open", abi.encodeCall(LEDGER.openCounter, (ISSUER, Pocket.POINTS)), "");
        for (uint256 i = 0; i < 12; ++i) {
            fund((i / 3) << 8 | (i % 3), 999);
        }
    }

    /// @dev Money in, by ways that are open: without it most calls would lack a balance.
    function fund(uint256 seed, uint64 amountFen) public {
        Pocket pocket = Pocket(seed % 3);
        Posting[] memory postings = new Posting[](1);
        postings[0] = Posting({
            from: pocket == Pocket.POINTS ? ISSUER : BANK,
            fromPocket: pocket == Pocket.POINTS ? Pocket.POINTS : Pocket.CASH,
            to: accounts[(seed >> 8) % 4],
            toPocket: pocket,
            amountFen: uint64(_bound(amountFen, 1, 1000))
        });
        _move(pocket == Pocket.MEDICAL ? Purpose.GRANT : Purpose.DEPOSIT, postings);
    }

    function move(uint256 seed) external {
        Posting[] memory postings = new Posting[](1 + (seed % 3));
        seed >>= 8;
        // A purpose that is open to MEDICAL twice as often as chance would have it.
        Purpose purpose = seed & 1 == 0 ? Purpose.CORRECTION : Purpose((seed & 0xff) % PURPOSES);
        for (uint256 i = 0; i < postings.length; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            // Mostly one pocket for both sides, otherwise nearly all would be refused for
            // mixing.
            Pocket from = Pocket((seed >> 16) % 3);
            Pocket to = seed & 3 == 0 ? Pocket((seed >> 24) % 3) : from;
            postings[i] = Posting(_account(seed), from, _account(seed >> 8), to, _amount(seed));
        }
        _move(purpose, postings);
    }

    function hold(uint256 seed) external {
        // Mostly a new id, now and then one that exists.
        uint256 number = seed % 8 == 0 ? 1 + (seed >> 8) % (placed + 1) : placed + 1;
        if (number > placed) placed = number;
        HoldId id = HoldId.wrap(bytes32(number));
        address account = accounts[(seed >> 16) % 5];
        Pocket pocket = Pocket((seed >> 24) % 3);
        uint64 amountFen = _amount(seed >> 32);
        uint40 expiresAt = uint40(nowAt + ((seed >> 64) % 500));
        _both(
            "hold",
            abi.encodeCall(LEDGER.hold, (id, account, pocket, amountFen, expiresAt)),
            abi.encodeCall(REFERENCE.hold, (id, account, pocket, amountFen, expiresAt))
        );
    }

    function postHold(uint256 seed) external {
        HoldId id = _id(seed);
        (, Pocket held, uint256 heldFen,,) = REFERENCE.holds(id);
        Purpose purpose = seed & 1 == 0 ? Purpose.CLAIM : Purpose((seed >> 8) % PURPOSES);
        address to = _account(seed >> 16);
        Pocket pocket = held == Pocket.POINTS ? held : Pocket((seed >> 24) % 2);
        // Mostly a part of the hold, up to one fen more than all of it.
        uint64 amountFen =
            seed >> 250 == 0 ? _amount(seed) : uint64((seed >> 32) % (heldFen + 2));
        _both(
            "postHold",
            abi.encodeCall(LEDGER.postHold, (id, 0, purpose, to, pocket, amountFen)),
            abi.encodeCall(REFERENCE.postHold, (id, purpose, to, pocket, amountFen))
        );
    }

    function voidHold(uint256 seed) external {
        HoldId id = _id(seed);
        _both("voidHold", abi.encodeCall(LEDGER.voidHold, (id)), "");
    }

    function expireHold(uint256 seed) external {
        HoldId id = _id(seed);
        _both("expireHold", abi.encodeCall(LEDGER.expireHold, (id)), "");
    }

    function placeTransfer(uint256 seed) external {
        address sender = _account(seed);
        address receiver = _account((seed >> 8) | 1);
        if (receiver == address(0)) receiver = accounts[0];
        uint64 amountFen = _amount(seed >> 16);
        uint40 returnsAt = uint40(nowAt + ((seed >> 64) % 200));
        int32 day = int32(int256(nowAt / 300));
        IWalletLedger.PendingTransfer memory pending =
            IWalletLedger.PendingTransfer(receiver, amountFen, returnsAt);
        _both(
            "placeTransfer",
            abi.encodeCall(LEDGER.placeTransfer, (sender, pending, day)),
            abi.encodeCall(
                REFERENCE.placeTransfer, (sender, receiver, amountFen, returnsAt, day)
            )
        );
    }

    function acceptTransfer(uint256 seed) external {
        address sender = _account(seed);
        _both(
            "acceptTransfer",
            abi.encodeCall(LEDGER.acceptTransfer, (sender, 0)),
            abi.encodeCall(REFERENCE.acceptTransfer, (sender))
        );
    }

    function returnTransfer(uint256 seed) external {
        _both("returnTransfer", abi.encodeCall(LEDGER.returnTransfer, (_account(seed))), "");
    }

    function setFrozen(uint256 seed) external {
        // Released more often than frozen, so that most accounts can act.
        bool frozen = (seed >> 8) % 3 == 0;
        address account = _account(seed);
        _both(
            "setFrozen",
            abi.encodeCall(LEDGER.setFrozen, (account, frozen, 0)),
            abi.encodeCall(REFERENCE.setFrozen, (account, frozen))
        );
    }

    function openCounter(uint256 seed) external {
        // Only one more account may become a counter; the others stay payers.
        address account = (seed >> 8) % 2 == 0 ? accounts[4] : BANK;
        _both("open", abi.encodeCall(LEDGER.openCounter, (account, Pocket(seed % 3))), "");
    }

    function useNotice(uint256 seed) external {
        _both("useNotice", abi.encodeCall(LEDGER.useNotice, (BANK, bytes32(seed % 64))), "");
    }

    /// @dev Some seconds, or exactly to the end of a hold or a transfer.
    function wait(uint256 seed) external {
        (,,, uint256 expiresAt,) = REFERENCE.holds(_id(seed));
        (,, uint256 returnsAt,,) = REFERENCE.transfers(accounts[seed % 4]);
        uint256 edge = seed & 256 == 0 ? expiresAt : returnsAt;
        nowAt = seed & 512 == 0 && edge > nowAt ? edge : nowAt + (seed % 60);
        VM.warp(nowAt);
        ++calls;
    }

    function _move(Purpose purpose, Posting[] memory postings) private {
        _both(
            "move",
            abi.encodeCall(LEDGER.move, (0, purpose, PostingLists.pack(postings))),
            abi.encodeCall(REFERENCE.move, (purpose, postings))
        );
    }

    /// @dev `plain` empty: the two functions have one signature.
    function _both(string memory what, bytes memory real, bytes memory plain) private {
        VM.warp(nowAt);
        ++calls;
        (bool done, bytes memory answer) = address(LEDGER).call(real);
        (bool plainDone, bytes memory plainAnswer) =
            address(REFERENCE).call(plain.length == 0 ? real : plain);
        bool alike = done == plainDone && (done || keccak256(answer) == keccak256(plainAnswer));
        if (done) ++accepted;
        if (!alike && bytes(difference).length == 0) difference = what;
    }

    /// @dev One of the last holds, so that most are still open; one too many now and then.
    function _id(uint256 seed) private view returns (HoldId) {
        uint256 back = (seed >> 40) % 4;
        return HoldId.wrap(bytes32(placed > back ? placed - back : 1));
    }

    /// @dev The zero address now and then: it must never receive.
    function _account(uint256 seed) private view returns (address) {
        uint256 index = (seed & 0xff) % 32;
        return index == 31 ? address(0) : accounts[index % 7];
    }

    /// @dev Mostly small; zero and over the limit now and then.
    function _amount(uint256 seed) private pure returns (uint64) {
        uint256 kind = seed % 32;
        if (kind == 0) return 0;
        if (kind == 1) return 10 ** 13 + 1;
        return uint64(1 + ((seed >> 8) % 300));
    }
}
