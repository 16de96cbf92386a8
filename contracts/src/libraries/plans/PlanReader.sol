// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev Where a struct or a list of a stored plan lies in memory.
type PlanPlace is uint256;

using PlanReader for PlanPlace global;

// Fields of BenefitPlan, LevelRule and Layer (types/PlanTypes.sol) in bytes from the start of the
// struct: one word each, in struct order.
uint256 constant PLAN_SCOPE = 0 * 32;
uint256 constant PLAN_LEVELS = 1 * 32;
uint256 constant PLAN_DEDUCTIBLE_OVER_YEAR = 2 * 32;
uint256 constant PLAN_BANDS_ON_TOTAL = 3 * 32;
uint256 constant PLAN_BANDS_OVER_YEAR = 4 * 32;
uint256 constant PLAN_ELIGIBLE_CAP = 5 * 32;
uint256 constant PLAN_ELIGIBLE_CAP_OVER_YEAR = 6 * 32;
uint256 constant PLAN_FUND_CAP = 7 * 32;
uint256 constant PLAN_FUND_CAP_OVER_YEAR = 8 * 32;
uint256 constant PLAN_PROVIDER_BEARS_OVER_LIMIT = 9 * 32;
uint256 constant PLAN_ACCOUNT_PAYS_ALL = 10 * 32;
uint256 constant PLAN_SHARED_SPEND_COUNTS = 11 * 32;
uint256 constant PLAN_FIXED_AMOUNT = 12 * 32;
uint256 constant PLAN_COPAY = 13 * 32;
uint256 constant PLAN_COINSURANCE = 14 * 32;
uint256 constant PLAN_OUT_OF_POCKET_MAX = 15 * 32;
uint256 constant PLAN_LAYERS = 16 * 32;

uint256 constant LEVEL_LEVEL = 0 * 32;
uint256 constant LEVEL_LADDER = 1 * 32;
uint256 constant LEVEL_BANDS = 2 * 32;

uint256 constant LAYER_KIND = 0 * 32;
uint256 constant LAYER_DEDUCTIBLE = 1 * 32;
uint256 constant LAYER_BANDS_ON_TOTAL = 2 * 32;
uint256 constant LAYER_BANDS = 3 * 32;
uint256 constant LAYER_RATIO = 4 * 32;
uint256 constant LAYER_CAP = 5 * 32;
uint256 constant LAYER_TENURE_BONUS = 6 * 32;
uint256 constant LAYER_COUNTS_PRE_SELF_PAY = 7 * 32;
uint256 constant LAYER_CATEGORIES = 8 * 32;
uint256 constant LAYER_PAYER = 9 * 32;

/// @title Reads the body of a benefit plan where it lies in memory.
/// @dev Decoding a body costs more than adjudicating a claim by it. PlanRegistry keeps
/// abi.encode(BenefitPlan) in canonical form only, with every value tested, so that every place
/// lies within the body and nothing is tested again here. In assembly, because the language gives
/// every struct in memory a zeroed copy first.
library PlanReader {
    /// @notice The plan in a body: behind its length and one offset word (always 32).
    function open(bytes memory body) internal pure returns (PlanPlace plan) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            plan := add(body, 64)
        }
    }

    /// @notice A field of a struct that is one word.
    function word(PlanPlace start, uint256 field) internal pure returns (uint256 value) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            value := mload(add(start, field))
        }
    }

    /// @notice A field of a struct that is true or false.
    function flag(PlanPlace start, uint256 field) internal pure returns (bool value) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            value := mload(add(start, field))
        }
    }

    /// @notice A field of a struct that is a list: the field says how far behind the struct's
    /// start.
    function list(PlanPlace start, uint256 field) internal pure returns (PlanPlace place) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            place := add(start, mload(add(start, field)))
        }
    }

    /// @notice How many entries a list has.
    function count(PlanPlace start) internal pure returns (uint256 entries) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            entries := mload(start)
        }
    }

    /// @notice Level rule or layer `index` < count of a list: the list says how far behind its
    /// count.
    function item(PlanPlace start, uint256 index) internal pure returns (PlanPlace place) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let first := add(start, 32)
            place := add(first, mload(add(first, shl(5, index))))
        }
    }

    /// @notice Entry `index` < count of a list of words.
    function entry(PlanPlace start, uint256 index) internal pure returns (uint256 value) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            value := mload(add(add(start, 32), shl(5, index)))
        }
    }

    /// @notice Band `index` < count of a list of bands.
    function band(
        PlanPlace start,
        uint256 index
    ) internal pure returns (uint256 edgeFen, uint256 ratioBp) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let place := add(start, shl(6, index))
            edgeFen := mload(add(place, 32))
            ratioBp := mload(add(place, 64))
        }
    }
}
