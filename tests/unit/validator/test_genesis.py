"""Both genesis files from public entries alone, the same everywhere; bad entries are refused."""

from dataclasses import replace

import pytest

from node.validator.home.genesis import GenesisPlan, make
from node.validator.home.keys import CeremonyError, PublicEntry
from tests.factories.validator import entry

PLAN = GenesisPlan(
    chain_id="yibao-test",
    evm_chain_id=8820,
    time_s=1_772_416_800,
    entries=tuple(entry(place) for place in range(4)),
    registry_code=b"\x60\x00",
)


class TestMake:
    def test_same_plan__same_files(self) -> None:
        assert make(PLAN).evm_file == make(PLAN).evm_file
        assert make(PLAN).comet_file == make(PLAN).comet_file

    @pytest.mark.parametrize(
        "changed",
        [
            replace(PLAN, evm_chain_id=8821),
            replace(PLAN, time_s=PLAN.time_s + 1),
            replace(PLAN, registry_code=b"\x60\x01"),
            replace(PLAN, gas_limit=PLAN.gas_limit - 1),
            replace(PLAN, minimum=3),
            replace(PLAN, senders=("0x" + "9" * 40,)),
            replace(PLAN, entries=(*PLAN.entries[:3], entry(7))),
            replace(PLAN, entries=PLAN.entries[::-1]),
        ],
    )
    def test_any_other_value__gives_another_hash(self, changed: GenesisPlan) -> None:
        assert changed == PLAN or make(changed).comet_file != make(PLAN).comet_file
        if changed.evm_chain_id == PLAN.evm_chain_id:
            assert make(changed).hash != make(PLAN).hash

    def test_comet_genesis__names_the_evm_genesis(self) -> None:
        made = make(PLAN)
        state = made.comet["app_state"]
        assert state["evm_genesis_hash"] == "0x" + made.hash.hex()
        assert [one["name"] for one in made.comet["validators"]] == [
            one.name for one in PLAN.entries
        ]


class TestEntries:
    @pytest.mark.parametrize(
        ("values", "told"),
        [
            ({"name": "Hospital 1"}, "name"),
            ({"consensus_key": "00"}, "consensus_key"),
            ({"enode": "zz" * 64}, "enode"),
            ({"participant": "0x12"}, "participant"),
            ({"comet_port": 0}, "comet_port"),
        ],
    )
    def test_wrong_entry__is_refused_by_field(self, values: dict[str, object], told: str) -> None:
        document = {name: getattr(entry(1), name) for name in PublicEntry.__dataclass_fields__}
        with pytest.raises(CeremonyError, match=told):
            PublicEntry.parse(document | values)

    def test_missing_or_unknown_field__is_refused(self) -> None:
        with pytest.raises(CeremonyError, match="exactly"):
            PublicEntry.parse({"name": "a"})

    @pytest.mark.parametrize("name", ["name", "consensus_key", "node_id", "operator"])
    def test_one_thing_twice__is_refused(self, name: str) -> None:
        first, second = entry(1), entry(2)
        twice = replace(second, **{name: getattr(first, name)})
        with pytest.raises(CeremonyError):
            replace(PLAN, entries=(first, twice))
