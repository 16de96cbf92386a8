// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { PlanUnknown } from "../src/types/Errors.sol";
import { PlanId } from "../src/types/Ids.sol";
import { PlanHead, PremiumPlan } from "../src/types/PlanTypes.sol";

/// @title Premium plan versions without publication: what PremiumCollector and CoverageRegistry
/// see of a PlanRegistry.
contract PremiumPlanShelf {
    struct Version {
        bool known;
        PlanHead head;
        PremiumPlan plan;
    }

    mapping(PlanId => mapping(uint32 version => Version)) private _versions;

    /// @dev Deployed under the name of PlanRegistry, whose arguments it ignores.
    // solhint-disable-next-line no-empty-blocks
    constructor(address, address) { }

    function put(
        PlanId planId,
        uint32 version,
        PlanHead calldata head,
        PremiumPlan calldata plan
    ) external {
        Version storage kept = _versions[planId][version];
        kept.known = true;
        kept.head = head;
        kept.plan = plan;
    }

    function premiumPlan(
        PlanId planId,
        uint32 version
    ) external view returns (PlanHead memory, PremiumPlan memory) {
        Version storage kept = _versions[planId][version];
        if (!kept.known) revert PlanUnknown(planId, version);
        return (kept.head, kept.plan);
    }
}
