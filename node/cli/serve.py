"""`yibao serve`: the gateway of an installation, configured by its environment."""

from __future__ import annotations

import logging
from typing import Annotated

import structlog
import typer

from node.app import create_app
from node.bootstrap import Gateway
from node.cli.devnet.serving import (
    LOOPBACK,
    require_free_port,
    run_serving,
    served,
    until_interrupted,
)
from node.cli.environment import load_settings
from node.db.schema import require_current
from node.observability import configure_logs

PORT = 8080
log = structlog.get_logger(__name__)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; TLS ends before it.")] = LOOPBACK,
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65_535)] = PORT,
) -> None:
    """Serve the HTTP API until Ctrl-C or SIGTERM; logs are JSON lines on stderr.

    Everything else comes from `YIBAO_…` variables (see `node/config.py`). An outdated schema, a
    wrong chain or missing keys are refused before the port opens; `yibao doctor` says more.
    """
    settings = load_settings()
    configure_logs(level=logging.getLevelNamesMapping()[settings.log_level])
    require_free_port(port, host=host)
    require_current(settings.database_url)
    run_serving(_serve(Gateway(settings), host=host, port=port))


async def _serve(gateway: Gateway, *, host: str, port: int) -> None:
    async with served(create_app(gateway), host=host, port=port):
        log.info("serving", host=host, port=port, profile=gateway.settings.profile.value)
        await until_interrupted()
