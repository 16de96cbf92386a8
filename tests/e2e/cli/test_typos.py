"""Every path and every number of every command, mistyped: one plain answer, and nothing starts."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, get_args

import pytest

from node.validator.home.ceremony import local_network
from node.validator.unit import copies
from tests.e2e.cli.conftest import Cli, Ran
from tests.fixtures.commands import every_command
from tests.fixtures.tools import ROOT

DOCUMENTED = {2, 3, 4, 5, 6}
MOST_LINES = 8
HUGE = "9" * 100
NUMBERS = ("0", "-1", "99999", HUGE, "two")
FILES = ("missing", "under-a-file", "a-folder", "binary", "empty", "a-list")
FOLDERS = ("missing", "under-a-file", "a-list", "a-folder", "strange-binary", "strange-empty")
MADE = ("under-a-file", "a-list")
WRITTEN = ("under-a-file", "a-folder")
STRANGE = (
    *("validator.toml", "network.toml", "manifest.json", "genesis.comet.json", "genesis.evm.json"),
    *("patients.csv", "access.json", "settings.env", "entry.json", "home.json", "chain.json"),
)
NOWHERE = "http://127.0.0.1:9"
ACCOUNT = "0x" + "12" * 20


@dataclass(frozen=True)
class Row:
    """The words of a command, with `{name}` for each path and number, so that nothing starts.

    `folders` are paths of folders to read, `made` of folders to make, `written` of files to write;
    all others are files to read. `fine` are values of a parameter that are no typos: those are not
    run. `given` are the true values that other parameters need for a typo to be looked at.
    """

    words: str
    folders: frozenset[str] = frozenset()
    made: frozenset[str] = frozenset()
    written: frozenset[str] = frozenset()
    given: dict[str, Path | str] = field(default_factory=dict)
    fine: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def typos(self, name: str, *, is_number: bool) -> Iterator[str]:
        """Name the wrong values of a parameter."""
        wrong = NUMBERS if is_number else FILES
        wrong = FOLDERS if name in self.folders else MADE if name in self.made else wrong
        wrong = WRITTEN if name in self.written else wrong
        yield from (one for one in wrong if one not in self.fine.get(name, ()))

    def shown_as(self, name: str) -> str:
        """Return how the command line calls a parameter."""
        words = self.words.split()
        before = words[max(0, words.index(f"{{{name}}}") - 1)]
        return before if before.startswith("--") else f"'{name}'"


HOME, NET = frozenset({"home"}), frozenset({"net"})
OUT = frozenset({"out"})
PROOF = "--rpc {nowhere} --comet {nowhere} --out {out} --genesis {genesis} --network {network}"
TABLE = {
    "adjudicate": Row("{file}"),
    "features": Row("--results {results}"),
    "sign": Row("{request} --key {key_file}"),
    "keys sandbox": Row("ANN {file}", written=frozenset({"file"})),
    "serve": Row("--host 192.0.2.1 --port {port}"),
    "devnet up": Row(
        "--home {home} --port {port} --chain-port {chain_port}",
        folders=HOME,
        # A new folder begins a sandbox.
        fine={"home": ("missing", "a-folder")},
    ),
    "devnet seed": Row(
        "--data {data} --home {home}",
        folders=frozenset({"data", "home"}),
        given={"data": ROOT / "tests" / "data" / "synthea"},
    ),
    "devnet reset": Row(
        "--home {home}", folders=HOME, fine={"home": ("missing", "under-a-file", "a-folder")}
    ),
    "network init": Row(
        "--out {out} --validators {validators} --base-port {base_port}"
        " --evm-chain-id {evm_chain_id}",
        given={"base_port": "21000"},
        made=OUT,
        fine={"evm_chain_id": ("99999",)},
    ),
    "network collect": Row(
        "{entries} --out {out} --minimum {minimum} --evm-chain-id {evm_chain_id}"
        " --genesis-time 2026-12-01T08:00:00Z",
        given={"entries": "net/node0/entry.json", "minimum": "1"},
        made=OUT,
        fine={"evm_chain_id": ("99999",)},
    ),
    "network join": Row("{net} --home {home}", folders=NET | HOME, given={"net": "net"}),
    "network peer": Row(
        "{entry} --home {home}", folders=HOME, given={"entry": "net/node0/entry.json"}
    ),
    "network up": Row("{net}", folders=NET),
    "network status": Row("{net}", folders=NET),
    "network kill": Row(
        "{net} {places}", folders=NET, given={"net": "net"}, fine={"places": ("0",)}
    ),
    "network restart": Row(
        "{net} {places}", folders=NET, given={"net": "net"}, fine={"places": ("0",)}
    ),
    "network down": Row("{net}", folders=NET),
    "network doctor": Row("{place}", folders=frozenset({"place"})),
    "network logs": Row(
        "{place} --lines {lines}",
        folders=frozenset({"place"}),
        fine={"lines": ("0", "99999", HUGE)},
    ),
    "network backup": Row("--home {home} --out {out}", folders=HOME, made=OUT),
    "network snapshot": Row("--home {home} --out {out}", folders=HOME, made=OUT),
    "network restore": Row(
        "{source} --home {home} --state {state}",
        folders=frozenset({"source"}),
        made=HOME,
        given={"source": "backup"},
    ),
    "network propose": Row(
        "add --home {home} --entry {entry} --amount {amount}",
        folders=HOME,
        given={"entry": "net/node0/entry.json"},
        fine={"amount": ("0", "99999")},
    ),
    "network vote": Row("{number} --home {home}", folders=HOME, fine={"number": ("99999",)}),
    "network enact": Row("{number} --home {home}", folders=HOME, fine={"number": ("99999",)}),
    "network validators": Row("--home {home}", folders=HOME),
    "network report-evidence": Row(
        "--home {home} --from {since}", folders=HOME, fine={"since": ("99999", HUGE)}
    ),
    "validator run": Row("--home {home}", folders=HOME),
    "validator repair": Row("--home {home}", folders=HOME),
    "validator new-key": Row("--home {home}", folders=HOME),
    "validator use-key": Row("--home {home}", folders=HOME),
    "receipt verify": Row(
        "{file} --genesis {genesis} --network {network}",
        folders=frozenset({"network"}),
        given={"genesis": ROOT / "tests" / "data" / "proofs" / "genesis.json"},
    ),
    "receipt prove": Row(f"0x{'12' * 32} {PROOF}", folders=frozenset({"network"}), written=OUT),
    "receipt balance": Row(
        f"{ACCOUNT} --ledger {ACCOUNT} --block {{block}} {PROOF}",
        folders=frozenset({"network"}),
        written=OUT,
        fine={"block": ("99999", HUGE)},
    ),
}


def parts(annotation: Any) -> set[Any]:
    """Return an annotation and all that it is made of."""
    return {annotation}.union(*(parts(one) for one in get_args(annotation)))


def typed(function: Any) -> dict[str, bool]:
    """Return the paths and numbers that a command takes: name, and whether it is a number."""
    found = {}
    for one in inspect.signature(function, eval_str=True).parameters.values():
        kinds = parts(get_args(one.annotation)[0])
        if kinds & {Path, int, float}:
            found[one.name] = Path not in kinds
    return found


COMMANDS = {words: typed(function) for words, function in every_command()}
TYPOS = [
    (words, name, typo)
    for words, row in TABLE.items()
    for name, is_number in COMMANDS.get(words, {}).items()
    if f"{{{name}}}" in row.words
    for typo in row.typos(name, is_number=is_number)
]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder of everything that is mistaken for something else."""
    folder = tmp_path_factory.mktemp("typos")
    (folder / "binary").write_bytes(b"\x00\xff\xfe\x80")
    (folder / "empty").touch()
    (folder / "a-list").write_text("[1]")
    (folder / "a-folder").mkdir()
    for kind, content in (("binary", b"\x00\xff\xfe\x80"), ("empty", b"")):
        (folder / f"strange-{kind}").mkdir()
        for name in STRANGE:
            (folder / f"strange-{kind}" / name).write_bytes(content)
    (folder / "object.json").write_text("{}")
    (folder / "object.json").chmod(0o600)
    local_network(folder / "net", validators=1, registry_code=b"\0", base_port=21_000)
    backup(folder / "backup")
    return folder


def backup(folder: Path) -> None:
    """Make a folder that restores as a backup as far as its manifest goes."""
    state = folder / copies.STATE
    state.parent.mkdir(parents=True)
    state.write_text('{"height": "1", "round": 0, "step": 0}')
    manifest = copies.Manifest(
        kind=copies.BACKUP,
        name="north",
        chain_id="",
        genesis_hash="",
        made_at="",
        height=0,
        head="",
        comet_height=0,
        files={},
    )
    document = {"format": copies.FORMAT} | asdict(manifest)
    (folder / copies.MANIFEST).write_text(json.dumps(document))


def line(words: str, name: str, typo: str, places: Path) -> list[str]:
    """Return the words of a command with one typo; its other paths are an object or nothing."""
    row, kinds = TABLE[words], COMMANDS[words]
    values: dict[str, str] = {"nowhere": NOWHERE}
    for one, is_number in kinds.items():
        other = (
            "a-folder"
            if one in row.folders
            else "new"
            if one in row.made | row.written
            else "object.json"
        )
        given = row.given.get(one, "1" if is_number else other)
        values[one] = str(given) if is_number else str(places / given)
    place = places / "a-list" / "nope" if typo == "under-a-file" else places / typo
    values[name] = typo if kinds[name] else str(place)
    chosen = row.words
    # Either of the two names the genesis; both at once are refused before any is read.
    for one, other in (("genesis", "network"), ("network", "genesis")):
        if name == other or (name != one and one == "network"):
            chosen = chosen.replace(f" --{one} {{{one}}}", "")
    return [*words.split(), *(word.format(**values) for word in chosen.split())]


def told(ran: Ran) -> str:
    """Return what is told, without the frame around it and the breaks in it."""
    return "".join(one for one in ran.err if one not in "│╭╮╰╯─\n ")


class TestTypo:
    def test_every_command_with_a_path_or_a_number__has_a_row_with_all_of_them(self) -> None:
        wanted = {words: set(found) for words, found in COMMANDS.items() if found}
        there = {
            words: {name for name in wanted.get(words, ()) if f"{{{name}}}" in row.words}
            for words, row in TABLE.items()
        }
        assert there == wanted

    @pytest.mark.parametrize(("words", "name", "typo"), TYPOS)
    def test_typo__is_named_in_a_few_lines_with_a_documented_code(
        self, cli: Cli, places: Path, words: str, name: str, typo: str
    ) -> None:
        ran = cli(*line(words, name, typo, places))
        assert (ran.code in DOCUMENTED, ran.out) == (True, ""), ran
        assert len(ran.err.splitlines()) <= MOST_LINES, ran.err
        assert "Traceback" not in ran.err
        # A number is in many a path: its parameter or the refusal itself must name it.
        number = "option:-1" if typo == "-1" else f"nonenumbered{typo}"
        wrong = number if COMMANDS[words][name] else str(places / typo).replace(" ", "")
        wrong = str(places / "a-list/nope") if typo == "under-a-file" else wrong
        shown = TABLE[words].shown_as(name)
        assert shown in told(ran) or wrong in told(ran), ran.err


class TestSetting:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("database_url", "nope"),
            ("database_url", "nope://host/name"),
            ("database_url", "sqlite:////dev/null/yibao.db"),
            ("database_url", f"sqlite:///{ROOT}"),
            ("database_url", f"sqlite:///{ROOT / 'pyproject.toml'}"),
            ("database_url", "postgresql://127.0.0.1:9/none"),
            ("rpc_url", "nope"),
            ("chain_id", "two"),
            ("directory_address", "nope"),
            ("relayer_key_file", "nope"),
        ],
    )
    @pytest.mark.parametrize(
        "words",
        ["db current", "db upgrade", "tokens list", "organisations list", "indexer rebuild --yes",
         "indexer run", "relayer run", "serve --port 21999", "doctor"],
    )  # fmt: skip
    def test_wrong_setting__ends_in_a_few_lines_without_a_traceback(
        self, cli: Cli, words: str, name: str, value: str, tmp_path: Path
    ) -> None:
        known = {"database_url": f"sqlite:///{tmp_path / 'new.db'}"}
        ran = cli(*words.split(), **known | {name: value})
        assert "Traceback" not in ran.err
        assert ran.code in {0, 1} | DOCUMENTED
        assert len(ran.err.splitlines()) <= MOST_LINES
        if name == "database_url":
            assert ran.code in {0, 1} or "YIBAO_DATABASE_URL" in ran.err


class TestAddress:
    @pytest.mark.parametrize("host", ["192.0.2.1", "nowhere.invalid", "", "1.2.3.4.5"])
    def test_host_that_is_not_ours__is_named(self, cli: Cli, host: str) -> None:
        ran = cli("serve", "--host", host, "--port", "21998")
        assert (ran.code, "--host" in ran.err, "Traceback" in ran.err) == (6, True, False)
