// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Pocket, Posting } from "../types/Money.sol";

/// @dev Postings under construction: room for all of them, the first `count` are filled.
struct PostingList {
    Posting[] postings;
    uint256 count;
}

/// @title Builds the argument of `IWalletLedger.move` when it is not known which parts are zero.
library PostingLists {
    /// @notice An empty list with room for `size` postings.
    function ofSize(uint256 size) internal pure returns (PostingList memory list) {
        list.postings = new Posting[](size);
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
        if (amountFen == 0) return;
        set(list.postings[list.count++], from, fromPocket, to, toPocket, amountFen);
    }

    /// @notice Fills a posting where it is: a new one would take memory again.
    function set(
        Posting memory posting,
        address from,
        Pocket fromPocket,
        address to,
        Pocket toPocket,
        uint64 amountFen
    ) internal pure {
        posting.from = from;
        posting.fromPocket = fromPocket;
        posting.to = to;
        posting.toPocket = toPocket;
        posting.amountFen = amountFen;
    }

    /// @notice The postings added so far.
    function done(PostingList memory list) internal pure returns (Posting[] memory postings) {
        if (list.count == list.postings.length) return list.postings;
        postings = new Posting[](list.count);
        for (uint256 i = 0; i < list.count; ++i) {
            postings[i] = list.postings[i];
        }
    }
}
