"""The bridge as a process: `python -m node.validator.unit.serve HOME`.

It ends with code 70 when geth or the chain does not let it go on; the supervisor then starts the
whole validator again.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import grpc
import structlog
from prometheus_client import start_http_server

from node.observability import configure_logs
from node.validator.bridge.app import Bridge
from node.validator.bridge.engine import Engine
from node.validator.bridge.facts import NetworkFacts
from node.validator.bridge.metrics import BridgeMetrics
from node.validator.bridge.tokens import read_secret
from node.validator.bridge.updates import address_of
from node.validator.home.configuration import LOOPBACK, load_network, load_site
from node.validator.home.entries import consensus_public
from node.validator.pb.abci_pb2_grpc import add_ABCIServicer_to_server

FAILED = 70
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
# Another bridge on the same port would get half of the questions, without a word.
ALONE = [("grpc.so_reuseport", 0)]
BridgeMaker = Callable[..., Bridge]

_log = structlog.get_logger(__name__)


def end_process(reason: str) -> NoReturn:
    """End at once: whatever is done after a failed step could answer CometBFT wrongly."""
    _log.critical("ended", reason=reason)
    sys.stderr.flush()
    os._exit(FAILED)


async def serve(home: Path, make: BridgeMaker = Bridge) -> None:
    """Serve until SIGTERM or SIGINT. Errors: CeremonyError, OSError."""
    network, site = load_network(home), load_site(home)
    secret = read_secret(home / "geth" / "jwt.hex")
    facts: NetworkFacts = network.facts()
    metrics = BridgeMetrics()
    server_of_metrics, _ = start_http_server(
        site.metrics_port, addr=LOOPBACK, registry=metrics.registry
    )
    async with Engine(site.engine_url, secret=secret) as engine:
        address = address_of(consensus_public(home))
        bridge = make(engine, facts, address=address, metrics=metrics, die=end_process)
        server = grpc.aio.server(options=UNLIMITED + ALONE)
        add_ABCIServicer_to_server(bridge, server)  # type: ignore[no-untyped-call]
        server.add_insecure_port(f"{LOOPBACK}:{site.bridge_port}")
        await server.start()
        _log.info("serving", port=site.bridge_port)
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopped.set)
        await stopped.wait()
        await server.stop(grace=2.0)
    server_of_metrics.shutdown()


def main(make: BridgeMaker = Bridge) -> None:
    """Run the command line: one argument, the home."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m node.validator.unit.serve HOME")
    configure_logs()
    asyncio.run(serve(Path(sys.argv[1]), make))


if __name__ == "__main__":
    main()
