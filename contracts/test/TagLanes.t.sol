// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Calendar } from "../src/libraries/time/Calendar.sol";
import { PolicyYear } from "../src/libraries/time/PolicyYear.sol";
import { TagLanes } from "../src/libraries/money/TagLanes.sol";
import { TestBase } from "./TestBase.sol";

/// @dev The lanes against a plain array of four.
contract TagLanesTest is TestBase {
    using TagLanes for uint256;

    function testFuzz_tagOf__isNeverAnEmptyLane(bytes32 hash) public pure {
        assert(uint64(TagLanes.tagOf(hash)) > 1);
        bytes32 rest = hash & ~bytes32(bytes8(type(uint64).max));
        assert(uint64(TagLanes.tagOf(rest)) > 1);
        assert(uint64(TagLanes.tagOf(rest | bytes32(bytes8(uint64(1))))) > 1);
        if (uint64(bytes8(hash)) > 1) assert(TagLanes.tagOf(hash) == bytes8(hash));
    }

    function testFuzz_lanes__behaveLikeAnArray(
        uint64[4] memory lanes,
        uint8 small,
        bytes8 tag
    ) public pure {
        VM.assume(uint64(tag) > 1);
        // Zeros and ones are what the lanes are about.
        for (uint256 i = 0; i < 4; ++i) {
            uint256 kind = small >> (2 * i) & 3;
            if (kind < 2) lanes[i] = uint64(kind);
        }
        uint256 word = _pack(lanes);
        bool found = false;
        bool last = false;
        uint256 free = 4;
        for (uint256 i = 4; i > 0; --i) {
            uint64 lane = lanes[i - 1];
            if (lane == uint64(tag)) found = true;
            if (lane == 0) last = true;
            if (lane < 2) free = i - 1;
        }
        assert(word.has(tag) == found);
        assert(word.isLast() == last);
        assert(word.hasRoom() == (free < 4));
        if (free == 4 || found) return;
        lanes[free] = uint64(tag);
        _same("put", word.put(tag), _pack(lanes));
        assert(word.put(tag).has(tag));
        lanes[free] = 1;
        _same("take", word.put(tag).take(tag), _pack(lanes));
    }

    function _pack(uint64[4] memory lanes) private pure returns (uint256 word) {
        for (uint256 i = 0; i < 4; ++i) {
            word |= uint256(lanes[i]) << (64 * i);
        }
    }
}

contract PolicyYearTest is TestBase {
    function testFuzz_monthOf__isTheCalendars(int32 day) public pure {
        // The years 1 to 9999.
        day = int32(int256(uint256(uint32(day)) % 3_652_059)) - 719_162;
        (int256 year, int256 month,) = Calendar.civil(day);
        (uint16 policyYear, uint8 policyMonth) = PolicyYear.monthOf(day);
        _same("year", int256(uint256(policyYear)), year);
        _same("month", int256(uint256(policyMonth)), month);
    }

    function test_monthOf__beforeTheYearOne() public pure {
        (uint16 year,) = PolicyYear.monthOf(-719_163);
        _same("year", uint256(year), uint256(0));
        (year,) = PolicyYear.monthOf(-719_162);
        _same("year", uint256(year), uint256(1));
    }
}
