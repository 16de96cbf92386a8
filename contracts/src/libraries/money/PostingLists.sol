// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Entry, credit, debit } from "../../types/Entries.sol";
import { Pocket, Posting } from "../../types/Money.sol";

/// @dev Entries under construction: room for all of them, the first `count` are filled;
/// `receiver` is the credit entry that holds for the next posting.
struct PostingList {
    Entry[] entries;
    uint256 count;
    Entry receiver;
}

/// @title Builds the argument of `IWalletLedger.move` when it is not known which parts are zero.
library PostingLists {
    /// @notice An empty list with room for `size` postings, each to a receiver of its own.
    function ofSize(uint256 size) internal pure returns (PostingList memory list) {
        list.entries = new Entry[](2 * size);
    }

    /// @notice The entries of postings that are known as a whole.
    function pack(Posting[] memory postings) internal pure returns (Entry[] memory) {
        PostingList memory list = ofSize(postings.length);
        for (uint256 i = 0; i < postings.length; ++i) {
            Posting memory one = postings[i];
            _push(list, one.from, one.fromPocket, one.to, one.toPocket, one.amountFen);
        }
        return done(list);
    }

    /// @notice Adds a posting, unless it is of nothing: the ledger refuses those.
    function add(
        PostingList memory list,
        address from,
        Pocket fromPocket,
        address to,
        Pocket toPocket,
        uint64 amountFen
    ) internal pure {
        if (amountFen != 0) _push(list, from, fromPocket, to, toPocket, amountFen);
    }

    /// @notice The entries added so far; nothing is added afterwards.
    function done(PostingList memory list) internal pure returns (Entry[] memory entries) {
        entries = list.entries;
        uint256 count = list.count;
        // Shortened where it is: a copy would cost more than the call it is made for.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(entries, count)
        }
    }

    /// @dev The ledger credits at the end of a group. A receiver that pays as well opens a new
    /// one, so that it can spend what it has just received, as if posting came after posting.
    function _push(
        PostingList memory list,
        address from,
        Pocket fromPocket,
        address to,
        Pocket toPocket,
        uint64 amountFen
    ) private pure {
        Entry receiver = credit(to, toPocket);
        Entry payer = debit(from, fromPocket, amountFen);
        if (Entry.unwrap(receiver) != Entry.unwrap(list.receiver) || payer.isSamePlace(receiver))
        {
            list.receiver = receiver;
            list.entries[list.count++] = receiver;
        }
        list.entries[list.count++] = payer;
    }
}
