"""Questions to one CometBFT's RPC, which is on loopback and closed during replay."""

from typing import Any

from node.validator.home.configuration import Site
from node.validator.unit.health import ask

ASK_S = 5.0


async def ask_comet(site: Site, path: str, *, timeout_s: float = ASK_S) -> dict[str, Any] | None:
    """Return an answer of CometBFT's RPC; None while it is closed, as during replay."""
    answer = await ask(site.comet_rpc_port, f"/{path}", timeout_s=timeout_s)
    found = answer.get("result") if isinstance(answer, dict) else None
    return found if isinstance(found, dict) else None
