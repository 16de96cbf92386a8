"""What counts as the same contract after its source moved."""

from scripts.same_product import normalised

LINKED = "0x60" + "__$" + "ab" * 17 + "$__" + "5b"
PLACES = [{"start": 1, "length": 20}]
OLD = {
    "sourceName": "src/libraries/Days.sol",
    "sourceHash": "11",
    "bytecode": LINKED,
    "linkReferences": {"src/libraries/Days.sol": {"Days": PLACES}},
    "abi": [],
}
MOVED = {
    "sourceName": "src/libraries/time/Days.sol",
    "sourceHash": "22",
    "bytecode": LINKED.replace("ab", "cd"),
    "linkReferences": {"src/libraries/time/Days.sol": {"Days": PLACES}},
    "abi": [],
}


class TestNormalised:
    def test_moved_source__is_the_same_contract(self) -> None:
        assert normalised(OLD) == normalised(MOVED)

    def test_other_code_abi_or_place_of_a_link__is_another_contract(self) -> None:
        elsewhere = {"src/libraries/time/Days.sol": {"Days": [{"start": 2, "length": 20}]}}
        for part, value in (
            ("bytecode", LINKED + "00"),
            ("abi", [{"type": "error", "name": "New"}]),
            ("linkReferences", elsewhere),
        ):
            assert normalised(OLD) != normalised(MOVED | {part: value}), part
