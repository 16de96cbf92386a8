"""The table behind `decode_log`: an event class says its fields, this makes a decoder of it.

Events of static words are decoded by hand, 100 times faster than through web3; one with a dynamic
field goes through eth-abi. Source of the fields: contracts/src/interfaces; a test compares them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, TypeVar

from node.chain.abi.layouts import abi_type, field_types, parts_of
from node.chain.abi.packing import Word, WordLayout
from node.wire.errors import PackingError
from node.wire.hashing import keccak
from node.wire.hexadecimal import to_hex
from node.wire.labels import label_of


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events; its name is the class's name."""


class UnknownEventError(LookupError):
    """The table has no event with this topic and number of topics."""


E = TypeVar("E", bound=type[Event])
Topics = Sequence[str]


class EventSpec:
    """How one event looks on the wire: `signature`, `topic`, and `decode`."""

    def __init__(self, event: type[Event], indexed: tuple[str, ...]) -> None:
        types = field_types(event)
        abi = {name: abi_type(hint) for name, hint in types.items()}
        self.event, self.indexed = event, indexed
        self.signature = f"{event.__name__}({','.join(abi.values())})"
        self.topic = to_hex(keccak(self.signature.encode()))
        # Topics come first on the wire, whatever the order of declaration.
        wire = [*indexed, *(name for name in types if name not in indexed)]
        places = [wire.index(name) for name in types]
        self._order = itemgetter(*places) if places != sorted(places) else None
        self._dynamic = [name for name in wire if abi[name] == "bytes"]
        if self._dynamic:
            self._words = [
                "bytes" if abi[name] == "bytes" else parts_of(types[name])[0][0] for name in wire
            ]
        else:
            self._compile([types[name] for name in wire])

    def _compile(self, hints: Sequence[Any]) -> None:
        parts = [parts_of(hint) for hint in hints]
        self._layout = WordLayout([word for words, _ in parts for word in words])
        self._builds: list[Callable[[Any], Any]] | None = [build for _, build in parts]
        if all(len(words) == 1 for words, _ in parts):
            self._builds = None

    def values(self, topics: Topics, data: str) -> Sequence[Any]:
        """Return the values of the fields in order. Errors: PackingError."""
        if self._dynamic:
            values = self._decode_dynamic(topics, data)
        else:
            try:
                words = bytes.fromhex("".join([one[2:] for one in topics[1:]]) + data[2:])
            except ValueError:
                raise PackingError("a log is not hexadecimal") from None
            values = self._layout.unpack(words)
            if self._builds is not None:
                source = iter(values)
                values = [build(source) for build in self._builds]
        return values if self._order is None else self._order(values)

    def decode(self, topics: Topics, data: str) -> Event:
        """Return the event. Errors: PackingError."""
        return self.event(*self.values(topics, data))

    def _decode_dynamic(self, topics: Topics, data: str) -> list[Any]:
        # Few events need it, and it takes longer to import than a proof to be checked.
        from eth_abi.abi import decode as abi_decode
        from eth_abi.exceptions import DecodingError

        split = len(self.indexed)
        head = "".join([one[2:] for one in topics[1:]])
        types = [word if isinstance(word, str) else word.abi for word in self._words[split:]]
        try:
            values = WordLayout(self._words[:split]).unpack(bytes.fromhex(head))
            rest = abi_decode(types, bytes.fromhex(data[2:]))
        except (DecodingError, ValueError, OverflowError) as error:
            raise PackingError(f"{self.signature}: {error}") from error
        pairs = zip(self._words[split:], rest, strict=True)
        return [*values, *(_finished(word, value) for word, value in pairs)]


def _finished(word: Word | str, value: Any) -> Any:
    """Return what WordLayout would give for a value that eth-abi decoded."""
    if isinstance(word, str) or word.finish is label_of:
        return value if isinstance(word, str) else label_of(value)
    plain = to_hex(value) if isinstance(value, bytes) else value
    return plain if word.finish is None else word.finish(plain)


SPECS: dict[tuple[str, int], EventSpec] = {}


def event(*indexed: str) -> Callable[[E], E]:
    """Enter a dataclass into the table; `indexed` names the fields that travel as topics."""

    def enter(declared: E) -> E:
        spec = EventSpec(declared, indexed)
        SPECS[spec.topic, 1 + len(indexed)] = spec
        return declared

    return enter


def topic_of(declared: type[Event]) -> str:
    """Return the first topic of an event, for log filters."""
    return next(spec.topic for spec in SPECS.values() if spec.event is declared)


def decode_log(log: Mapping[str, Any]) -> Event:
    """Return the event of a log as JSON-RPC gives it.

    Errors: UnknownEventError when no contract of ours emits it, PackingError for odd bytes.
    """
    topics: Topics = log["topics"]
    spec = SPECS.get((topics[0], len(topics))) if topics else None
    if spec is None:
        raise UnknownEventError(topics[0] if topics else "no topic")
    return spec.decode(topics, log["data"])


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An event and its place: (block_hash, log_index) names it for ever."""

    event: Event
    address: str
    block_number: int
    block_hash: str
    tx_hash: str
    tx_index: int
    log_index: int


def decode_entry(log: Mapping[str, Any]) -> LogEntry:
    """Return the event of a log with its place. Errors: as `decode_log`."""
    return LogEntry(
        event=decode_log(log),
        address=log["address"].lower(),
        block_number=int(log["blockNumber"], 16),
        block_hash=log["blockHash"],
        tx_hash=log["transactionHash"],
        tx_index=int(log["transactionIndex"], 16),
        log_index=int(log["logIndex"], 16),
    )
