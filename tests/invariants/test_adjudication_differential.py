"""Python and Solidity decide the same claims, refusals included (M12, M11, P28, P30).

`YIBAO_SEED=n` draws the same cases again; the header of the run names the seed.
"""

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from eth_abi.abi import decode, encode
from eth_hash.auto import keccak

from node.chain.abi.plans import encode_benefit_plan
from node.chain.rpc.json_rpc import RpcClient
from node.domain.adjudication import engine as adjudication
from node.domain.adjudication.accumulators import Accumulators
from node.domain.adjudication.engine import adjudicate
from node.domain.errors import CareTypeNotCovered, DomainError, InvalidAmount, InvalidRatio
from node.domain.kinds import LayerKind
from node.wire.hashing import selector
from node.wire.labels import label_bytes
from tests.fixtures.chain.live_chain import LiveChain
from tests.fixtures.evm.in_process import artifact
from tests.invariants.random_claims import PAYER, ClaimSource, RandomClaim

ORDINARY, LONG = 2_000, 100_000
CASES_A_CALL = 50
CALLS_AT_ONCE = 4
CARE_TYPE = b"SOME CARE".ljust(16, b"\0")
CASE = (
    "(bytes,(uint8,uint64,uint64,uint16,bytes32)[],"
    "(bytes16,bytes16,uint16,uint32,uint64,uint64,(uint256,uint256,uint256)))"
)
QUOTE_MANY = selector(f"quoteMany({CASE}[])")
REFUSALS: dict[bytes, type[DomainError]] = {
    selector("InvalidAmount(uint256)"): InvalidAmount,
    selector("InvalidRatio(uint256)"): InvalidRatio,
    selector("CareTypeNotCovered(bytes16,bytes16)"): CareTypeNotCovered,
}

Answer = tuple[Any, ...]


def year_words(year: Accumulators) -> tuple[int, int, int]:
    """Return a member-year as ClaimRegistry packs it."""
    tops = (year.compliant_self_pay_fen, year.stays, year.aid_paid_fen)
    rows = zip(year.deductible_used_e4, year.in_bands_e4, year.fund_paid_fen, tops, strict=True)
    first, second, third = (a | b << 64 | c << 128 | d << 192 for a, b, c, d in rows)
    return first, second, third


def as_call(case: RandomClaim, body: bytes) -> tuple[Any, ...]:
    context = case.context
    lines = [
        (int(line.item_class), line.gross_fen, line.over_fen, line.self_pay_bp, bytes(32))
        for line in case.lines
    ]
    values = (
        *(CARE_TYPE, label_bytes(context.level, 16), context.tenure_years, context.categories),
        *(context.medical_available_fen, context.family_available_fen),
        year_words(context.before),
    )
    return body, lines, values


def python_answer(case: RandomClaim) -> Answer:
    """Return the words of the decision, or the refusal."""
    try:
        decision = adjudicate(case.plan, case.lines, case.context)
    except (InvalidAmount, InvalidRatio) as refusal:
        value = refusal.values()
        return type(refusal).__name__, *value.values()
    except CareTypeNotCovered as refusal:
        return type(refusal).__name__, refusal.values()["level"]
    words = decision.trace_words()
    payer = any(layer.kind is LayerKind.SUPPLEMENTARY for layer in case.plan.layers)
    trace = keccak(b"".join(word.to_bytes(32) for word in words))
    return (*words[:15], *words[27:], PAYER if payer else "0x" + "0" * 40, "0x" + trace.hex())


def solidity_answer(decided: bool, data: bytes) -> Answer:
    if decided:
        words = [int.from_bytes(data[at : at + 32]) for at in range(0, 27 * 32, 32)]
        return (*words, "0x" + data[27 * 32 + 12 : 28 * 32].hex(), "0x" + data[28 * 32 :].hex())
    kind = REFUSALS[data[:4]]
    if kind is CareTypeNotCovered:
        assert data[4:36] == CARE_TYPE + bytes(16)
        return kind.__name__, data[36:52].rstrip(b"\0").decode()
    return kind.__name__, int.from_bytes(data[4:36])


@dataclass
class Harness:
    """The Solidity side on anvil: many cases in one eth_call."""

    rpc: RpcClient
    address: str

    async def answers(self, cases: list[RandomClaim]) -> list[Answer]:
        bodies = {id(case.plan): encode_benefit_plan(case.plan) for case in cases}
        calls = []
        for start in range(0, len(cases), CASES_A_CALL):
            part = cases[start : start + CASES_A_CALL]
            packed = encode(
                [f"{CASE}[]"], [[as_call(case, bodies[id(case.plan)]) for case in part]]
            )
            data = "0x" + (QUOTE_MANY + packed).hex()
            calls.append(("eth_call", ({"to": self.address, "data": data}, "latest")))
        found: list[Answer] = []
        for start in range(0, len(calls), CALLS_AT_ONCE):
            for reply in await self.rpc.batch(calls[start : start + CALLS_AT_ONCE]):
                assert isinstance(reply, str), reply
                (answers,) = decode(["(bool,bytes)[]"], bytes.fromhex(reply[2:]))
                found += [solidity_answer(decided, data) for decided, data in answers]
        return found


@pytest_asyncio.fixture
async def harness(live_chain: LiveChain) -> AsyncIterator[Harness]:
    code = artifact("AdjudicationHarness")["bytecode"]
    created = await live_chain.send(to=None, data=bytes.fromhex(code[2:]))
    yield Harness(live_chain.rpc, str(created.contract_address))


async def run_differential(harness: Harness, rng: random.Random, count: int) -> dict[str, int]:
    """Compare that many cases and return how many were decided and refused, by name."""
    source = ClaimSource(rng)
    tally: dict[str, int] = {}
    done = 0
    while done < count:
        cases = source.cases(min(1_000, count - done))
        for case, got in zip(cases, await harness.answers(cases), strict=True):
            expected = python_answer(case)
            assert got == expected, f"case {done}: {case!r}: {got} != {expected}"
            name = expected[0] if isinstance(expected[0], str) else "decided"
            tally[name] = tally.get(name, 0) + 1
            done += 1
    return tally


class TestDifferential:
    """M12: two independent implementations agree."""

    async def test_random_claims__same_integers_and_refusals(
        self, harness: Harness, rng: random.Random
    ) -> None:
        tally = await run_differential(harness, rng, ORDINARY)
        print(f"\n{ORDINARY:,} claims equal: {tally}")
        assert set(tally) == {"decided", *(kind.__name__ for kind in REFUSALS.values())}
        assert tally["decided"] > ORDINARY * 3 // 4

    @pytest.mark.long
    @pytest.mark.timeout(3_600)
    async def test_many_random_claims__same_integers_and_refusals(
        self, harness: Harness, rng: random.Random
    ) -> None:
        """M12.1: 100,000 of them."""
        tally = await run_differential(harness, rng, LONG)
        print(f"\n{LONG:,} claims equal: {tally}")


def floor_half(value: int, divisor: int) -> int:
    return value // divisor


def half_to_even(value: int, divisor: int) -> int:
    whole, rest = divmod(value, divisor)
    return whole + (2 * rest > divisor or (2 * rest == divisor and whole % 2 == 1))


def never_capped(value: int, less: int) -> int:
    return value - less if value > less + 1 else 0


MUTANTS: dict[str, tuple[str, Any]] = {
    "rounds down": ("half_up", floor_half),
    "rounds half to even": ("half_up", half_to_even),
    "loses the last fen of a difference": ("saturating_sub", never_capped),
    "forgets the bands": ("overlap_e8", lambda *_, **__: 0),
    "starts every band at zero": ("_band_start", lambda *_: 0),
    "ignores the eligible cap": ("_eligible_e4", lambda *arguments: arguments[-1]),
    "never pays aid": ("_aid_pay", lambda *_: 0),
    "gives the tenure bonus a year early": ("TENURE_YEARS_WITHOUT_BONUS", 3),
}


@pytest.fixture(scope="module")
def right(seed: int) -> tuple[list[RandomClaim], list[Answer]]:
    """Return cases and what the unchanged reference says to them."""
    cases = ClaimSource(random.Random(seed)).cases(ORDINARY)
    return cases, [python_answer(case) for case in cases]


class TestSeededMutants:
    """M12: the cases are sharp enough to find a wrong rule."""

    @pytest.mark.parametrize("name", MUTANTS)
    def test_mutant__is_caught(
        self,
        right: tuple[list[RandomClaim], list[Answer]],
        monkeypatch: pytest.MonkeyPatch,
        name: str,
    ) -> None:
        """M12.2: each wrong rule differs in some case."""
        cases, answers = right
        function, wrong = MUTANTS[name]
        monkeypatch.setattr(adjudication, function, wrong)
        different = 0
        for case, answer in zip(cases, answers, strict=True):
            try:
                different += python_answer(case) != answer
            except DomainError:
                different += 1
        assert different > 0
