"""Starting and stopping anvil: saved state, busy ports, rising time, nothing left behind (P27)."""

import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from node.chain.client import ChainClient
from node.chain.rpc.json_rpc import RpcClient
from node.devnet.network.chain_files import ChainFiles
from node.devnet.network.local import (
    ROOT,
    Anvil,
    AnvilFailedError,
    AnvilOptions,
    PortBusyError,
    last_timestamp,
)
from node.domain.days import second_of_day
from tests.fixtures.chain.anvil import anvil_options, require_anvil

NOBODY = "0x" + "77" * 20


@pytest.fixture(autouse=True)
def _anvil() -> None:
    require_anvil()


def stateful(folder: Path) -> AnvilOptions:
    options = anvil_options(folder, idle_block_s=10)
    return replace(options, state_file=folder / "chain.json", state_interval_s=1)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"


class TestStart:
    async def test_newest_block__is_the_finalized_one(self, tmp_path: Path) -> None:
        """Auditors read at `finalized`: in a young sandbox it must not lie before its contracts."""
        async with Anvil(stateful(tmp_path)) as anvil, RpcClient(anvil.url) as rpc:
            await rpc.call("anvil_mine", "0x3")
            newest, finalized = [
                await rpc.call("eth_getBlockByNumber", tag, False)
                for tag in ("latest", "finalized")
            ]
        assert finalized["hash"] == newest["hash"]

    async def test_second_start__keeps_state_and_time(self, tmp_path: Path) -> None:
        options = stateful(tmp_path)
        async with Anvil(options) as anvil, RpcClient(anvil.url) as rpc:
            await rpc.call("anvil_setBalance", NOBODY, "0x7")
            # The pretended future: the wall clock of the next start lies before it.
            await rpc.call("evm_increaseTime", 3_600)
            await rpc.call("evm_mine")
            before = await ChainClient(rpc).final_head()
        assert last_timestamp(options.state_file) >= before.timestamp  # type: ignore[operator]
        async with Anvil(options) as anvil, RpcClient(anvil.url) as rpc:
            client = ChainClient(rpc)
            assert await client.balance(NOBODY) == 7
            await rpc.call("evm_mine")
            after = await client.final_head()
        assert after.number > before.number
        assert after.timestamp > before.timestamp

    async def test_chain_with_a_clock_start__never_begins_at_night(self, tmp_path: Path) -> None:
        async with Anvil(anvil_options(tmp_path)) as anvil, RpcClient(anvil.url) as rpc:
            await rpc.call("evm_mine")
            head = await ChainClient(rpc).final_head()
        assert 6 * 3_600 <= second_of_day(head.timestamp) < 20 * 3_600 + 60

    async def test_port_of_another_program__is_refused_with_the_next_step(
        self, tmp_path: Path
    ) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            options = replace(anvil_options(tmp_path), port=taken.getsockname()[1])
            with pytest.raises(PortBusyError, match="another program; next step"):
                await Anvil(options).start()

    async def test_port_of_another_chain__names_its_chain_id(self, tmp_path: Path) -> None:
        options = anvil_options(tmp_path)
        async with Anvil(options):
            with pytest.raises(PortBusyError, match="a chain with id 8820"):
                await Anvil(options).start()

    async def test_damaged_state__is_named_before_anything_starts(self, tmp_path: Path) -> None:
        options = stateful(tmp_path)
        (tmp_path / "chain.json").write_text('{"block": {"times')
        with pytest.raises(AnvilFailedError, match="damaged; next step: move that file away"):
            await Anvil(options).start()

    async def test_wrong_option__shows_the_log(self, tmp_path: Path) -> None:
        options = replace(anvil_options(tmp_path), hardfork="nonsense")
        anvil = Anvil(options)
        with pytest.raises(AnvilFailedError, match="look into"):
            await anvil.start()
        assert anvil.pid is None


class TestStop:
    async def test_stopped_twice__is_stopped(self, tmp_path: Path) -> None:
        anvil = Anvil(anvil_options(tmp_path))
        await anvil.start()
        pid = anvil.pid
        assert pid is not None
        await anvil.stop()
        await anvil.stop()
        assert not is_alive(pid)

    @pytest.mark.skipif(sys.platform != "linux", reason="death signal of Linux")
    def test_killed_parent__takes_the_chain_with_it(self, tmp_path: Path) -> None:
        """The state is saved although nobody asked for it."""
        program = (
            "import asyncio, sys\nfrom pathlib import Path\n"
            "from node.devnet.network.local import Anvil\n"
            "from tests.integration.devnet.test_network import stateful\n"
            "async def main():\n"
            "    anvil = Anvil(stateful(Path(sys.argv[1])))\n"
            "    await anvil.start()\n"
            "    print(anvil.pid, flush=True)\n"
            "    await asyncio.Event().wait()\n"
            "asyncio.run(main())\n"
        )
        command = [sys.executable, "-c", program, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as parent:
            assert parent.stdout is not None
            pid = int(parent.stdout.readline())
            assert is_alive(pid)
            parent.send_signal(signal.SIGKILL)
        while is_alive(pid):
            pass
        ChainFiles(tmp_path / "chain.json").settle()
        assert last_timestamp(tmp_path / "chain.json") is not None
