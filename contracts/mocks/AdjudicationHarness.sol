// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Adjudication } from "../src/libraries/claims/Adjudication.sol";
import { LineSplit } from "../src/libraries/claims/LineSplit.sol";
import { SettlementCodec } from "../src/libraries/claims/SettlementCodec.sol";
import { YearCodec } from "../src/libraries/claims/YearCodec.sol";
import { Accumulators, ClaimContext, ClaimLine, Settlement } from "../src/types/ClaimTypes.sol";

/// @title Many adjudications in one eth_call, refusals included, for differential runs.
contract AdjudicationHarness {
    struct Case {
        bytes plan;
        ClaimLine[] lines;
        ClaimContext context;
    }

    /// @dev The library's answer, unpacked.
    struct Result {
        Settlement settlement;
        Accumulators afterwards;
        address supplementaryPayer;
        bytes32 traceHash;
    }

    /// @dev `data` is abi.encode(Result), or the revert data of a refusal.
    struct Answer {
        bool decided;
        bytes data;
    }

    /// @notice Answers each case by itself.
    function quoteMany(Case[] calldata cases) external view returns (Answer[] memory answers) {
        answers = new Answer[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            try this.quoteOne(cases[i]) returns (Result memory result) {
                answers[i] = Answer({ decided: true, data: abi.encode(result) });
            } catch (bytes memory reason) {
                answers[i] = Answer({ decided: false, data: reason });
            }
        }
    }

    /// @notice One case: lines split, then decided.
    function quoteOne(Case calldata one) external pure returns (Result memory) {
        Adjudication.Outcome memory outcome = _decide(one);
        return Result({
            settlement: SettlementCodec.unpack(outcome.amounts),
            afterwards: YearCodec.unpack(outcome.afterwards),
            supplementaryPayer: outcome.supplementaryPayer,
            traceHash: outcome.traceHash
        });
    }

    /// @notice The gas of one split and one library call.
    function gasOf(Case calldata one) external view returns (uint256) {
        uint256 start = gasleft();
        _decide(one);
        return start - gasleft();
    }

    function _decide(Case calldata one)
        private
        pure
        returns (Adjudication.Outcome memory outcome)
    {
        LineSplit.LineSums memory sums;
        LineSplit.split(one.lines, sums);
        Adjudication.adjudicate(one.plan, sums, one.context, outcome);
    }
}
