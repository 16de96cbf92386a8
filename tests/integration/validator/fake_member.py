"""A stand-in for geth, CometBFT or the bridge: `fake_member.py ROLE ARGUMENT…`.

It opens the ports that the real one opens and answers what the supervisor asks. It writes what it
does into HOME/fake/events, and does what HOME/fake/ROLE says, read anew all the time:

    closed    does not listen            silent    takes connections and never answers
    stubborn  does not end on SIGTERM    exit      ends by itself with code 7
    fatal     writes the line of CometBFT after a failure of consensus
    quoted    writes a line that only quotes it
    chatty    writes 100 lines at every look
"""

import asyncio
import json
import os
import signal
import sys
import tomllib
from collections.abc import Awaitable, Callable
from pathlib import Path

LOOK_S = 0.02
FAILURE = '{"_msg":"CONSENSUS FAILURE!!!","err":"wrong app hash","level":"error"}'
QUOTED = '{"_msg":"Added peer","moniker":"CONSENSUS FAILURE!!!","level":"info"}'


def home_of(role: str, words: list[str]) -> Path:
    if role == "geth":
        data = next(one for one in words if one.startswith("--datadir="))
        return Path(data.partition("=")[2]).parents[1]
    return Path(words[words.index("--home") + 1]).parent if role == "comet" else Path(words[-1])


def port_of(role: str, home: Path) -> int:
    if role == "comet":
        told = tomllib.loads((home / "comet" / "config" / "config.toml").read_text())
        return int(told["rpc"]["laddr"].rpartition(":")[2])
    site = tomllib.loads((home / "validator.toml").read_text())
    return int(site["geth_engine_port" if role == "geth" else "bridge_port"])


class Fake:
    def __init__(self, role: str, words: list[str]) -> None:
        self.role, self.home = role, home_of(role, words)
        self.folder = self.home / "fake"
        self.ended = asyncio.Event()

    @property
    def asked(self) -> str:
        try:
            return (self.folder / self.role).read_text()
        except FileNotFoundError:
            return ""

    def number(self) -> int:
        try:
            return int((self.folder / "height").read_text() or "0")
        except FileNotFoundError:
            return 0

    def note(self, event: str) -> None:
        with (self.folder / "events").open("a") as out:
            out.write(f"{event} {self.role} {os.getpid()}\n")

    async def run(self) -> None:
        self.note("start")
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.end)
        server: Callable[[], Awaitable[None]] | None = None
        while not self.ended.is_set():
            asked = self.asked
            if asked == "exit":
                sys.exit(7)
            if asked == "closed" and server is not None:
                await server()
                server = None
            if asked != "closed" and server is None:
                server = await (self.serve_grpc() if self.role == "bridge" else self.serve_http())
                self.note("open")
            self.write(asked)
            await asyncio.sleep(LOOK_S)
        self.note("end")

    def write(self, asked: str) -> None:
        lines = {"fatal": [FAILURE], "quoted": [QUOTED], "chatty": ["x" * 80] * 100}.get(asked, [])
        if lines:
            os.write(1, "".join(f"{one}\n" for one in lines).encode())

    def end(self) -> None:
        if self.asked != "stubborn":
            self.ended.set()

    async def serve_http(self) -> Callable[[], Awaitable[None]]:
        server = await asyncio.start_server(self.answer, "127.0.0.1", port_of(self.role, self.home))

        async def stop() -> None:
            server.close()

        return stop

    async def until_willing(self) -> None:
        while self.asked == "silent":  # noqa: ASYNC110 - the asked is a file
            await asyncio.sleep(LOOK_S)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await self.until_willing()
        number = self.number()
        result: dict[str, object] = {
            "number": hex(number), "hash": "0x" + "11" * 32, "timestamp": "0x1",
        }  # fmt: skip
        if self.role == "comet":
            sync = {"latest_block_height": str(number), "catching_up": False}
            result = {"sync_info": sync}
        body = json.dumps({"result": result})
        writer.write(f"HTTP/1.0 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        writer.close()

    async def serve_grpc(self) -> Callable[[], Awaitable[None]]:
        import grpc

        from node.validator.pb.abci_pb2 import RequestEcho, ResponseEcho
        from node.validator.pb.abci_pb2_grpc import ABCIServicer, add_ABCIServicer_to_server

        fake = self

        class Echoing(ABCIServicer):
            async def Echo(self, request: RequestEcho, context: object) -> ResponseEcho:
                await fake.until_willing()
                return ResponseEcho(message=request.message)

        server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        add_ABCIServicer_to_server(Echoing(), server)  # type: ignore[no-untyped-call]
        server.add_insecure_port(f"127.0.0.1:{port_of('bridge', self.home)}")
        await server.start()

        async def stop() -> None:
            await server.stop(0)

        return stop


def main() -> None:
    role, *words = sys.argv[1:]
    if "init" in words:
        data = Path(words[words.index("--datadir") + 1])
        (data / "geth" / "chaindata").mkdir(parents=True)
        return
    asyncio.run(Fake(role, words).run())


if __name__ == "__main__":
    main()
