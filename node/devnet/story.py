"""One member's story over HTTP, from enrolment to reversal, told as a table."""

from __future__ import annotations

from rich.console import Console

from node.devnet.sandbox import Sandbox


async def tell(url: str, sandbox: Sandbox, *, tokens: dict[str, str], console: Console) -> None:
    """Run the story against a gateway and print each step.

    Errors: GatewayRefused, IntentRefused.
    """
