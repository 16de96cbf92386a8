"""Progress of long work on stderr: bars where people look, nothing where output is for machines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from node.validator.unit.copies import Meter

if TYPE_CHECKING:
    from node.devnet.synthea.run import Progress as Reporter


class Bars:
    """Where a command reports; `quiet` reports nothing."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = Console(stderr=True, quiet=quiet)

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """Show that something without a count goes on, and that it is done."""
        with self._console.status(what):
            yield
        self._console.print(f"[green]✓[/] {what}")

    @contextmanager
    def counting(self) -> Iterator[Reporter]:
        """Give a reporter whose stages become bars."""
        # Only who seeds pays for what it imports.
        from node.devnet.synthea.run import Progress as Reporter

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self._console) as progress:
            current: list[TaskID] = []

            def stage(name: str, total: int) -> None:
                current.append(progress.add_task(name, total=total))

            def advance(count: int) -> None:
                progress.advance(current[-1], count)

            yield Reporter(stage, advance)

    @contextmanager
    def copying(self, what: str) -> Iterator[Meter]:
        """Give a meter of bytes that becomes a bar."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(binary_units=True),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self._console, transient=True) as progress:
            task = progress.add_task(what, total=None)
            yield Meter(
                lambda total: progress.update(task, total=total),
                lambda count: progress.advance(task, count),
            )
