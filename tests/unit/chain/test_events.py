"""Event classes against the compiled interfaces, and their decoder against eth-abi."""

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode
from hypothesis import given, settings
from hypothesis import strategies as st

from node.chain.abi.kinds import Purpose
from node.chain.abi.layouts import abi_type, field_types
from node.chain.events import (
    SPECS,
    Event,
    EventSpec,
    IntentRefused,
    Moved,
    Transfer,
    UnknownEventError,
    decode_entry,
    decode_log,
    topic_of,
)
from node.wire.errors import PackingError
from node.wire.hexadecimal import to_hex
from tests.fixtures.tools import ROOT
from tests.unit.chain.test_packing import values_of

ARTIFACTS = ROOT / "node" / "artifacts"
# ERC-6909 declares them; our ledger closes what would emit them.
NEVER_EMITTED = {"Approval", "OperatorSet"}
RENAMED = {"from": "from_account", "to": "to_account"}
ALL = sorted(SPECS.values(), key=lambda spec: spec.signature)


def declared_events() -> dict[str, dict[str, Any]]:
    """Return the events of all compiled interfaces by signature."""
    found = {}
    for path in sorted(ARTIFACTS.glob("I[A-Z]*.json")):
        for entry in json.loads(Path(path).read_text())["abi"]:
            if entry["type"] == "event" and entry["name"] not in NEVER_EMITTED:
                types = ",".join(map(written_type, entry["inputs"]))
                found[f"{entry['name']}({types})"] = entry
    return found


def written_type(part: dict[str, Any]) -> str:
    if not part["type"].startswith("tuple"):
        return str(part["type"])
    inside = ",".join(map(written_type, part["components"]))
    return f"({inside}){part['type'][5:]}"


def snake(name: str) -> str:
    name = re.sub(r"(?<!^)([A-Z0-9]+(?=[A-Z]|$)|[A-Z])", r"_\1", name).lower()
    return RENAMED.get(name, name)


class TestEventClasses:
    def test_every_event_of_the_interfaces__has_a_class_and_the_other_way_round(self) -> None:
        assert {spec.signature for spec in ALL} == set(declared_events())

    @pytest.mark.parametrize("spec", ALL, ids=lambda spec: spec.event.__name__)
    def test_fields_and_topics__are_those_of_the_interface(self, spec: EventSpec) -> None:
        entry = declared_events()[spec.signature]
        names = [snake(part["name"]) for part in entry["inputs"]]
        assert [field.name for field in dataclasses.fields(spec.event)] == names
        indexed = tuple(snake(part["name"]) for part in entry["inputs"] if part["indexed"])
        assert spec.indexed == indexed
        for part in entry["inputs"]:
            if part["type"] == "tuple":
                struct = field_types(spec.event)[snake(part["name"])]
                written = [snake(one["name"]) for one in part["components"]]
                assert [field.name for field in dataclasses.fields(struct)] == written

    def test_every_class__has_a_sentence(self) -> None:
        assert all((spec.event.__doc__ or "").endswith(".") for spec in ALL)


def raw_values(abi: str) -> st.SearchStrategy[Any]:
    """Return a value as eth-abi encodes it, for a word, an array or a tuple."""
    if abi == "bytes":
        return st.binary(max_size=200)
    if abi == "uint8":
        return st.integers(0, 1)  # members of every enum
    if abi.startswith("("):
        depth, parts, start = 0, [], 1
        for place, sign in enumerate(abi):
            depth += (sign == "(") - (sign == ")")
            if (sign == "," and depth == 1) or depth == 0:
                parts.append(abi[start:place])
                start = place + 1
        return st.tuples(*map(raw_values, parts))
    if found := re.fullmatch(r"(\w+)\[(\d+)\]", abi):
        return st.tuples(*[raw_values(found[1])] * int(found[2]))
    plain = values_of(abi)
    return plain.map(lambda value: bytes.fromhex(value[2:])) if abi[:5] == "bytes" else plain


def flat(value: Any) -> list[Any]:
    """Return the words of a decoded or raw value, alike for both."""
    if isinstance(value, str | bool | int):
        return [value.lower() if isinstance(value, str) else int(value)]
    if isinstance(value, bytes):
        return [to_hex(value)]
    parts = value if isinstance(value, tuple) else dataclasses.astuple(value)
    return [one for part in parts for one in flat(part)]


def log_of(spec: EventSpec, values: dict[str, Any]) -> dict[str, Any]:
    types = {name: abi_type(hint) for name, hint in field_types(spec.event).items()}
    topics = [to_hex(encode([types[name]], [values[name]])) for name in spec.indexed]
    rest = [name for name in types if name not in spec.indexed]
    data = encode([types[name] for name in rest], [values[name] for name in rest])
    return {"topics": [spec.topic, *topics], "data": to_hex(data)}


@st.composite
def drawn_logs(draw: st.DrawFn, spec: EventSpec) -> tuple[dict[str, Any], dict[str, Any]]:
    types = {name: abi_type(hint) for name, hint in field_types(spec.event).items()}
    values = {name: draw(raw_values(abi)) for name, abi in types.items()}
    return values, log_of(spec, values)


class TestDecodeLog:
    @pytest.mark.parametrize("spec", ALL, ids=lambda spec: spec.event.__name__)
    @settings(max_examples=25)
    @given(data=st.data())
    def test_any_values__come_back_as_eth_abi_wrote_them(
        self, spec: EventSpec, data: st.DataObject
    ) -> None:
        values, log = data.draw(drawn_logs(spec))
        event = decode_log(log)
        assert type(event) is spec.event
        for name, value in values.items():
            got = flat(getattr(event, name))
            for one, raw in zip(got, flat(value), strict=True):
                # A label is the same bytes, read as text where they are text.
                assert one == raw or label_digits(one, raw) == raw

    @pytest.mark.parametrize("spec", ALL, ids=lambda spec: spec.event.__name__)
    def test_data_of_another_length__is_refused(self, spec: EventSpec) -> None:
        topics = [spec.topic, *["0x" + "0" * 64] * len(spec.indexed)]
        for data in ("0x" + "00" * 31, "0x" + "00" * 8000 if not spec._dynamic else "0x"):
            with pytest.raises(PackingError):
                decode_log({"topics": topics, "data": data})

    def test_unknown_topic__is_named(self) -> None:
        with pytest.raises(UnknownEventError):
            decode_log({"topics": ["0x" + "12" * 32], "data": "0x"})
        with pytest.raises(UnknownEventError):
            decode_log({"topics": [], "data": "0x"})

    def test_another_number_of_topics__is_another_event(self) -> None:
        with pytest.raises(UnknownEventError):
            decode_log({"topics": [topic_of(Moved)], "data": "0x"})

    def test_number_that_is_no_member__is_refused(self) -> None:
        topics = [topic_of(Moved), "0x" + "00" * 32]
        with pytest.raises(PackingError):
            decode_log({"topics": topics, "data": "0x" + "00" * 31 + "ff" + "00" * 32})

    def test_fields_before_an_indexed_one__keep_their_order(self) -> None:
        ann, ben, caller = (f"{digit}" * 40 for digit in "123")
        log = {
            "topics": [topic_of(Transfer), *("0x" + x.zfill(64) for x in (ann, ben, "1"))],
            "data": "0x" + caller.zfill(64) + "7".zfill(64),
        }
        assert decode_log(log) == Transfer(
            *(f"0x{one}" for one in (caller, ann, ben)), id=1, amount=7
        )

    def test_dynamic_field__comes_back_as_bytes(self) -> None:
        spec = SPECS[topic_of(IntentRefused), 3]
        values = {"digest": b"\1" * 32, "actor": "0x" + "22" * 20, "kind": 2, "reason": b"\3" * 36}
        event = decode_log(log_of(spec, values))
        assert isinstance(event, IntentRefused)
        assert event.reason == b"\3" * 36
        assert event.kind.name == "PAY_PREMIUM"

    def test_entry__keeps_the_place_of_the_log(self) -> None:
        place = {
            "address": "0x" + "Ab" * 20,
            "blockNumber": "0x10",
            "blockHash": "0x" + "0b" * 32,
            "transactionHash": "0x" + "0c" * 32,
            "transactionIndex": "0x2",
            "logIndex": "0x3",
        }
        values = {"ref": b"\1" * 32, "purpose": 6, "postings": 2}
        entry = decode_entry({**log_of(SPECS[topic_of(Moved), 2], values), **place})
        assert entry.event == Moved("0x" + "01" * 32, Purpose.PREMIUM, 2)
        assert (entry.block_number, entry.tx_index, entry.log_index) == (16, 2, 3)
        assert entry.address == "0x" + "ab" * 20


def label_digits(label: Any, raw: Any) -> str:
    """Return the 0x text of a label, as wide as the raw bytes."""
    width = (len(str(raw)) - 2) // 2
    return to_hex(str(label).encode().ljust(width, b"\0"))


def test_base_class__has_no_fields() -> None:
    assert dataclasses.fields(Event) == ()
