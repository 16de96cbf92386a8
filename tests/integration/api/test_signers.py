"""Whose keys sign: the key's account, its dates and its freeze decide (M05, P17, P18)."""

from typing import Any

import pytest

from node.db.models.members import Signer, SignerFreeze
from tests.fixtures.actors import ANN, BEN, Actor, word
from tests.fixtures.gateway.in_process import NOW_S, Api, actor_rows

PATH = f"/v1/wallets/{ANN.account}/openings"


async def submitted(api: Api, signer: Actor) -> tuple[int, str | None, str | None]:
    """Hand in an opening of ANN's wallet; return status, code and field of the answer."""
    prepared = (await api.post(ANN, f"{PATH}/intents", {"terms_hash": word("terms")})).json()
    answer = await api.submit(ANN, PATH, api.signed(prepared["intent"], signer))
    told = answer.json()
    return answer.status_code, told.get("code"), told.get("field")


def key_of_ann(**changes: Any) -> dict[str, Any]:
    """Return the row of ANN's key with other dates."""
    rows: list[dict[str, Any]] = actor_rows()[Signer]
    return next(row for row in rows if row["account"] == ANN.account) | changes


class TestSigner:
    """The gateway refuses what the contract would refuse, and before it costs anything."""

    async def test_frozen_account__is_refused_by_name(self, api: Api) -> None:
        """P17.2: a frozen key fails at once, and signs again when it is released."""
        freeze = {"account": ANN.account, "reason_code": word("lost"), "block_number": 3}
        await api.write({SignerFreeze: [freeze | {"frozen": True}]})
        assert (await submitted(api, ANN))[:2] == (403, "SignerFrozen")
        await api.write({SignerFreeze: [freeze | {"frozen": False}]})
        assert (await submitted(api, ANN))[0] == 202

    @pytest.mark.parametrize(
        ("dates", "status"),
        [
            ({"valid_until": NOW_S}, 401),
            ({"valid_until": NOW_S + 1}, 202),
            ({"valid_from": NOW_S + 1}, 401),
            ({"valid_from": NOW_S}, 202),
        ],
    )
    async def test_key__signs_within_its_dates_only(
        self, sqlite_api: Api, dates: dict[str, int], status: int
    ) -> None:
        """P18.3: a key fails from the second of its end on."""
        await sqlite_api.write({Signer: [key_of_ann(**dates)]})
        assert (await submitted(sqlite_api, ANN))[0] == status

    async def test_key_of_somebody_else__is_refused(self, sqlite_api: Api) -> None:
        """M05.1: BEN's good signature is none of ANN's."""
        assert (await submitted(sqlite_api, BEN))[:2] == (401, "SignatureInvalid")
