"""Questions to one CometBFT's RPC, which is on loopback and closed during replay."""

from typing import Any

import aiohttp
import orjson

from node.validator.configuration import Site

ASK_S = 5.0


async def ask_comet(site: Site, path: str, *, timeout_s: float = ASK_S) -> dict[str, Any] | None:
    """Return an answer of CometBFT's RPC; None while it is closed, as during replay."""
    timeout = aiohttp.ClientTimeout(total=timeout_s)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(f"{site.comet_url}/{path}") as reply,
        ):
            document = orjson.loads(await reply.read())
    except (aiohttp.ClientError, OSError, TimeoutError, orjson.JSONDecodeError):
        return None
    found = document.get("result")
    return found if isinstance(found, dict) else None
