"""Gas of an item: exactly its limit whoever sends the batch; a stingy sender fails whole."""

import pytest

from node.intents.bodies import OpenWallet, PayPremium
from node.intents.budgets import RESERVE, gas_budget, gas_limit
from node.intents.messages import Intent, IntentKind
from tests.contracts.intent_router.conftest import BURN_GAS
from tests.fixtures.actors import ANN, word
from tests.fixtures.evm.in_process import Outcome, Revert
from tests.fixtures.evm.world import World
from tests.fixtures.intents.bodies import ALL_KINDS

PAY = PayPremium(word("bill"), 1, 0, 0, 1, 0)
KIND = IntentKind.PAY_PREMIUM
LIMIT = gas_limit(KIND, 6 * 32)


def pay(world: World) -> Intent:
    return world.intent(KIND, ANN, PAY)


def try_with(world: World, gas: int) -> Outcome | Revert:
    back = world.snapshot()
    try:
        return world.send(pay(world), gas=gas)
    except Revert as revert:
        return revert
    finally:
        back()


class TestBudget:
    @pytest.mark.parametrize("kind", ALL_KINDS)
    def test_python__knows_the_same_budgets(self, world: World, kind: IntentKind) -> None:
        for length in (0, 32, 320, 10_000):
            budget = world.call("IntentRouter", "gasBudgetOf", int(kind), length)
            assert budget == gas_budget(kind, length)

    def test_budget__leaves_the_limit_after_one_part_in_64(self) -> None:
        for kind in ALL_KINDS:
            assert (gas_budget(kind, 320) - RESERVE) * 63 // 64 >= gas_limit(kind, 320) - 1


class TestStingySender:
    def test_no_gas_limit__turns_a_good_item_into_a_refusal(self, double: World) -> None:
        double.transact("RuleDouble", "behave", BURN_GAS, LIMIT * 9 // 10)
        seen = set()
        for gas in range(60_000, 500_000, 5_000):
            result = try_with(double, gas)
            if isinstance(result, Revert):
                # Without data the batch ran out of gas before it came to the item.
                assert result.name in {"GasReserveTooLow", ""}
                seen.add(result.name)
            else:
                assert result.names == ["Handled", "IntentExecuted"]
                seen.add("executed")
        assert seen == {"GasReserveTooLow", "", "executed"}

    def test_reverted_batch__says_what_is_needed_and_burns_nothing(self, double: World) -> None:
        intent = pay(double)
        with pytest.raises(Revert) as caught:
            double.send(intent, gas=250_000)
        has, needed = caught.value.values
        assert caught.value.name == "GasReserveTooLow"
        assert has < needed == gas_budget(KIND, 6 * 32)
        assert not double.call("IntentRouter", "isNonceUsed", ANN.account, intent.nonce)
        assert double.send(intent).names[-1] == "IntentExecuted"

    def test_item_that_needs_more_than_its_limit__is_refused_whatever_the_gas(
        self, double: World
    ) -> None:
        double.transact("RuleDouble", "behave", BURN_GAS, LIMIT)
        for gas in (400_000, 16_000_000):
            result = try_with(double, gas)
            assert isinstance(result, Outcome)
            assert result.one("IntentRefused")["reason"] == "0x"

    def test_module__sees_the_same_gas_whatever_the_sender_gave(self, double: World) -> None:
        seen = set()
        for gas in (400_000, 1_000_000, 16_000_000):
            result = try_with(double, gas)
            assert isinstance(result, Outcome)
            seen.add(result.one("Handled")["gasLeft"])
        assert len(seen) == 1
        (gas_left,) = seen
        assert LIMIT * 9 // 10 < gas_left < LIMIT

    def test_last_item__needs_its_reserve_too(self, world: World) -> None:
        opening = OpenWallet(word("terms"))
        intents = [world.intent(IntentKind.OPEN_WALLET, ANN, opening) for _ in range(20)]
        with world.reverts("GasReserveTooLow"):
            world.send(*intents, gas=700_000)
        outcome = world.send(*intents, gas=1_500_000)
        assert len(outcome.all("IntentExecuted")) == 20
