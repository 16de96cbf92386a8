"""What a sandbox prints: the story for people or as JSON lines, start table, what it waits for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple, Protocol

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Styled

from node.devnet.client.story_wording import (
    HEADING,
    TOLD_IN,
    Step,
    Text,
    reason_of,
    sentence_of,
    title_of,
)
from node.devnet.home.folder import TOKENS_FILE
from node.devnet.home.tokens import Access
from node.domain.language import Language
from node.domain.money import yuan
from node.domain.wording import label_of

TITLE_CELLS = 38
INDENT = 2
STARTING_CHAIN = Text("正在启动区块链及合约", "starting the chain and its contracts")
STARTING_GATEWAY = Text("正在启动网关", "starting the gateway")
SEEDING = Text("演示机构、参保人、方案和资金", "demo parties, plans, money")
REAL_TIME = Text(
    "验证节点使用真实时间：22:00 至 06:00 不办理转账",
    "validators keep real time: transfers are closed from 22:00 to 06:00",
)


class _StartTable(NamedTuple):
    title: Text = Text("沙盒已启动：只有测试资金", "The sandbox is up: test money only")
    api: Text = Text("接口文档", "API")
    health: Text = Text("健康状态", "health")
    chain: Text = Text("区块链", "chain")
    chain_id: Text = Text("{url}，链号 {chain_id}", "{url}, chain id {chain_id}")
    directory: Text = Text("目录合约", "directory")
    tokens: Text = Text("令牌文件", "tokens")
    stop: Text = Text("停止", "stop")
    stopping: Text = Text("Ctrl-C；下次启动保留全部状态", "Ctrl-C; the next start keeps all state")


START = _StartTable()


class Narrator(Protocol):
    """Who tells the story."""

    def begin(self) -> None:
        """Say that the story begins."""

    def tell(self, step: Step) -> None:
        """Say what happened."""

    def end(self, seconds: float) -> None:
        """Say that the story is told."""


class TerminalNarrator:
    """Tells the story to people, on stdout."""

    def __init__(self, url: str, language: Language) -> None:
        self._url, self._language, self._console = url, language, Console(highlight=False)

    def begin(self) -> None:
        """Print the heading."""
        self._console.rule(HEADING.of(self._language))

    def tell(self, step: Step) -> None:
        """Print a step with its figures, its reasons, and where to read more."""
        title, sentence = title_of(step, self._language), sentence_of(step, self._language)
        head = Styled.assemble(("✓", "green"), " ", (title, "bold"))
        gap = max(TITLE_CELLS - cell_len(title), 1) * " "
        if head.cell_len + len(gap) + cell_len(sentence) <= self._console.width:
            self._console.print(head + Styled(gap + sentence))
        else:
            self._console.print(head)
            self._indented(Styled(sentence))
        if step.reasons:
            self._indented(self._reasons(step))
        if step.path:
            self._console.print(" " * INDENT + self._url + step.path, style="dim", soft_wrap=True)

    def end(self, seconds: float) -> None:
        """Print how long it took."""
        self._console.rule(TOLD_IN.of(self._language).format(seconds=f"{seconds:.1f}"))

    def _reasons(self, step: Step) -> Table:
        table = Table.grid(padding=(0, INDENT))
        table.add_column(justify="right")
        for code, amount_fen in step.reasons.items():
            table.add_row(yuan(amount_fen), Styled(reason_of(code, self._language)))
        return table

    def _indented(self, what: Styled | Table) -> None:
        self._console.print(Padding(what, (0, 0, 0, INDENT), expand=False))


class JsonNarrator:
    """Tells the story to programs: one JSON object a line on stdout, amounts in whole fen."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def begin(self) -> None:
        """Print nothing: every line is a step."""

    def tell(self, step: Step) -> None:
        """Print a step as one line."""
        print(json.dumps(self.document(step), ensure_ascii=False), flush=True)

    def end(self, seconds: float) -> None:
        """Print nothing: the last step is the last line."""

    def document(self, step: Step) -> dict[str, object]:
        """Return the line of a step; every line has the same fields."""
        return {
            "step": step.name.value,
            "title": title_of(step, self._language),
            "text": sentence_of(step, self._language),
            "amounts": dict(step.amounts),
            "facts": dict(step.facts),
            "reasons": [
                {"code": code, "amount_fen": fen, "text": reason_of(code, self._language)}
                for code, fen in step.reasons.items()
            ],
            "path": step.path or None,
        }


def print_start(console: Console, access: Access, folder: Path, language: Language) -> None:
    """Print where everything is and who may call."""
    table = Table(title=START.title.of(language), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    chain = START.chain_id.of(language).format(
        url=access.chain.rpc_url, chain_id=access.chain.chain_id
    )
    rows = {
        START.api: f"{access.api}/docs",
        START.health: f"{access.api}/readyz",
        START.chain: chain,
        START.directory: access.chain.directory,
        START.tokens: str(folder / TOKENS_FILE),
        START.stop: START.stopping.of(language),
    }
    for label, value in rows.items():
        table.add_row(label.of(language), Styled(value))
    table.add_section()
    for name, one in access.holders.items():
        table.add_row(name, f"{one.account}  {label_of('Role', one.role, language)}")
    console.print(table)
