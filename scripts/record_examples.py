#!/usr/bin/env python3
"""Record the examples of the API's description from a sandbox of its own: node/api/recorded/*.json.

Run it after a change of routes, requests or answers, then `scripts/build_openapi.py`. A test plays
the same story and fails when the recorded examples no longer have the shape of what is answered.
A group whose shape did not change keeps its file, so that a change shows what it changed; `--all`
writes all of them.
"""

import argparse
import asyncio
import datetime
import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("ETH_HASH_BACKEND", "pysha3")

from node.api.feature import groups_of  # noqa: E402
from node.bootstrap import Gateway  # noqa: E402
from node.devnet.seed.parties import Party  # noqa: E402
from node.domain.roles import Role  # noqa: E402
from node.served import FEATURES  # noqa: E402
from scripts.examples.probes import probe, probe_late, probe_rates  # noqa: E402
from scripts.examples.recorder import Recorder  # noqa: E402
from scripts.examples.session import (  # noqa: E402
    Work,
    fill,
    gateway_of,
    join,
    join_everybody,
    seeded_sandbox,
)
from scripts.examples.shape import shape  # noqa: E402
from scripts.examples.story import Story, prepare_cancellation  # noqa: E402

FOLDER = ROOT / "node" / "api" / "recorded"
SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))


async def record(folder: Path) -> dict[str, dict[str, Any]]:
    """Play everything in a folder and return the examples: group → operation → examples.

    Errors: UnexpectedAnswer.
    """
    async with seeded_sandbox(folder) as sandbox:
        recorder = Recorder(sandbox.domain)
        home = folder / "gateway"
        async with gateway_of(sandbox, home) as (gateway, app, http):
            recorder.serve(app, http)
            await fill(gateway)
            await join_everybody(recorder, gateway)
            await _story(recorder, gateway).play()
        # Without a relayer an intent stays open, so that it can be cancelled.
        async with gateway_of(sandbox, home, work=Work.READS) as (gateway, app, http):
            recorder.serve(app, http)
            path, body = await prepare_cancellation(recorder)
        async with gateway_of(sandbox, home) as (gateway, app, http):
            recorder.serve(app, http)
            await recorder.hand_in("ANN", path, body, key="example-cancellation")
            await probe(recorder, app)
            await probe_rates(recorder)
        async with gateway_of(sandbox, folder / "late", work=Work.NONE) as (gateway, app, http):
            recorder.serve(app, http)
            for name, role in recorder.roles.items():
                await join(recorder, gateway, recorder.parties[name], role)
            await probe_late(recorder, app)
    return by_group(recorder)


def by_group(recorder: Recorder) -> dict[str, dict[str, Any]]:
    """Return the examples of every group in its order."""
    found = recorder.operations
    return {
        group: {name: found[name].shown() for name in found if found[name].group == group}
        for group in groups_of(FEATURES)
    }


def _story(recorder: Recorder, gateway: Gateway) -> Story:
    async def joining(party: Party, role: Role) -> None:
        await join(recorder, gateway, party, role)

    today = datetime.datetime.fromtimestamp(gateway.clock.network_s(), SHANGHAI).date()
    return Story(recorder, today=today, join=joining)


def main() -> int:
    """Record everything and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--all", action="store_true", help="write groups without a change too")
    whole = parser.parse_args().all
    with TemporaryDirectory(prefix="yibao-examples-") as folder:
        groups = asyncio.run(record(Path(folder)))
    FOLDER.mkdir(exist_ok=True)
    for name, operations in groups.items():
        path = FOLDER / f"{name}.json"
        kept = (
            not whole and path.exists() and shape(json.loads(path.read_text())) == shape(operations)
        )
        if not kept:
            path.write_text(json.dumps(operations, indent=1, ensure_ascii=False) + "\n")
        print(f"{name}: {len(operations)} operations, {'as before' if kept else 'written'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
