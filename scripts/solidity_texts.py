"""What the documents say about packed words and derived accounts, read from the Solidity sources.

Each function takes apart one place of contracts/src and fails loudly when that place no longer has
the form it knows: a page that silently told less would be worse than a red check.
"""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "contracts" / "src"
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)
ELEMENTARY = re.compile(r"u?int\d*|address|bool|bytes\d*")


class UnknownForm(Exception):  # noqa: N818
    """A source is not written in the form that is read here."""


@dataclass(frozen=True)
class Derivation:
    """An account that follows from a word and values: name, Solidity types, the values' names."""

    function: str
    word: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Slice:
    """Some bits of one word, counted from the lowest."""

    word: str
    first_bit: int
    bits: int
    field: str


def source(path: str) -> str:
    """Return a source below contracts/src."""
    return (SOURCES / path).read_text()


def enums() -> dict[str, list[str]]:
    """Return every enum of contracts/src/types by name, its members in order of their numbers."""
    found: dict[str, list[str]] = {}
    for path in sorted((SOURCES / "types").glob("*.sol")):
        for name, body in re.findall(r"\benum (\w+) \{([^}]*)\}", _code(path.read_text())):
            found[name] = re.findall(r"\w+", body)
    return found


def value_types() -> dict[str, str]:
    """Return the ABI type of every value type and enum: Region → bytes12, Scheme → uint8."""
    found = dict.fromkeys(enums(), "uint8")
    for path in sorted((SOURCES / "types").glob("*.sol")):
        found |= dict(re.findall(r"^type (\w+) is (\w+);", _code(path.read_text()), re.M))
    return found


def described_types() -> dict[str, tuple[str, str]]:
    """Return the value types of types/Ids.sol with their ABI type and what is said about them."""
    found = {}
    text = source("types/Ids.sol")
    for comment, name, abi in re.findall(r"((?:^///[^\n]*\n)+)type (\w+) is (\w+);", text, re.M):
        words = " ".join(re.sub(r"^/// ?(@dev )?", "", one) for one in comment.splitlines())
        found[name] = (abi, words)
    return found


def abi_type(solidity: str) -> str:
    """Return the ABI type of a Solidity type. Errors: UnknownForm."""
    abi = value_types().get(solidity, solidity)
    if not ELEMENTARY.fullmatch(abi):
        raise UnknownForm(f"{solidity} has no ABI type here")
    return abi


def digits() -> dict[str, int]:
    """Return the first hex digit of the ids of members, organisations and derived accounts."""
    text = _code(source("libraries/money/Accounts.sol"))
    pattern = r"uint160 private constant (MEMBER|ORGANISATION|DERIVED) = (\d+);"
    found = {name: int(number) for name, number in re.findall(pattern, text)}
    _require(len(found) == 3, "Accounts.sol names no digit")
    _require("uint160(uint256(seed)) | DERIVED << 156" in text, "Accounts.sol derives otherwise")
    return found


def derivations() -> list[Derivation]:
    """Return how each account is derived, in the order of Accounts.sol. Errors: UnknownForm."""
    text = source("libraries/money/Accounts.sol")
    functions = re.findall(
        r"function (\w+)\(([^)]*)\) internal pure returns \(address\) \{(.*?)\n    \}", text, re.S
    )
    found = []
    for name, parameters, body in functions:
        kinds = {one: kind for kind, one in re.findall(r"(\w+) (\w+)", parameters)}
        # Where words are put together by hand, a comment says what they are; a test compares.
        formula = re.search(r'abi\.encode\("(\w+)"((?:, \w+)*)\)', body)
        _require(formula is not None, f"Accounts.{name} has no formula")
        assert formula is not None
        values = tuple((one, kinds[one]) for one in re.findall(r"\w+", formula[2]))
        _require(set(kinds) == {one for one, _ in values}, f"Accounts.{name} leaves a value out")
        found.append(Derivation(name, formula[1], values))
    _require(len(found) > 0, "Accounts.sol derives nothing")
    return found


def terms_slices() -> list[Slice]:
    """Return the parts of a claim's `terms`, highest first. Errors: UnknownForm."""
    text = _code(source("libraries/claims/ClaimEvidence.sol"))
    shifts = {name: int(bits) for name, bits in re.findall(r"constant (\w+) = (\d+);", text)}
    found = re.search(r"function pack\(([^)]*)\) internal pure returns \(bytes32\) \{(.*?)\n    \}",
                      text, re.S)  # fmt: skip
    _require(found is not None, "ClaimEvidence.pack is not there")
    assert found is not None
    kinds = {name: kind for kind, name in re.findall(r"(\w+) (\w+)", found[1])}
    places = {name: shifts[shift] for name, shift in re.findall(r"\((\w+)\) << (\w+)", found[2])}
    lowest = re.findall(r"\| uint64\((\w+)\)", found[2])
    highest = re.findall(r"bytes32\(Region\.unwrap\((\w+)\)\)", found[2])
    places |= dict.fromkeys(lowest, 0)
    places |= {name: 256 - _bits(kinds[name]) for name in highest}
    _require(set(places) == set(kinds), "ClaimEvidence.pack packs otherwise")
    slices = [
        Slice("terms", place, _bits(kinds[name]), name.rstrip("_"))
        for name, place in places.items()
    ]
    return sorted(slices, key=lambda one: -one.first_bit)


def amount_slices() -> list[Slice]:
    """Return the fifteen figures of a settlement in their words. Errors: UnknownForm."""
    text = _code(source("libraries/claims/SettlementCodec.sol"))
    rows = re.findall(r"\(((?:s\.\w+,? ?)+)\) = _figures\(amounts\[(\d)\]\);", text)
    order = "(uint64(word), uint64(word >> 64), uint64(word >> 128), uint64(word >> 192))"
    _require(len(rows) == 4 and order in text, "SettlementCodec.unpack unpacks otherwise")
    return [
        Slice(f"amounts[{word}]", 64 * place, 64, figure)
        for figures, word in rows
        for place, figure in enumerate(re.findall(r"s\.(\w+)", figures))
    ]


def year_slices() -> list[Slice]:
    """Return the figures of a member-year in their words. Errors: UnknownForm."""
    text = _code(source("libraries/claims/YearCodec.sol"))
    shifts = {name: int(bits) for name, bits in re.findall(r"constant (\w+) = (\d+);", text)}
    figures = [
        (figure, shifts[shift] if shift else 0)
        for figure, shift in re.findall(
            r"year\.(\w+)\[uint256\(scope\)\] = uint64\(packed(?: >> (\w+))?\);", text
        )
    ]
    scopes = re.findall(r"_unpackScope\(year, CareScope\.(\w+), words\.(\w+)\);", text)
    tops = re.findall(r"year\.(\w+) = uint(\d+)\(words\.(\w+) >> TOP\);", text)
    _require((len(figures), len(scopes), len(tops)) == (3, 3, 3), "YearCodec unpacks otherwise")
    low = [
        Slice(word, place, 64, f"{figure}[{scope}]")
        for scope, word in scopes
        for figure, place in figures
    ]
    return low + [Slice(word, shifts["TOP"], int(bits), figure) for figure, bits, word in tops]


def _bits(solidity: str) -> int:
    abi = abi_type(solidity)
    number = int(re.sub(r"\D", "", abi))
    return number * 8 if abi.startswith("bytes") else number


def _code(text: str) -> str:
    return COMMENT.sub("", text)


def _require(condition: bool, problem: str) -> None:
    if not condition:
        raise UnknownForm(problem)
