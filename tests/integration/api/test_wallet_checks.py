"""What a pocket can pay, and who has a wallet: refused before it is signed (P02, P12, S61)."""

from typing import Any

import pytest

from node.db.models.members import FamilyLink, Member
from node.db.models.wallets import Transfer, Wallet
from node.domain.kinds import Pocket
from tests.fixtures.actors import ANN, BANK, BEN, Actor, word
from tests.fixtures.gateway.in_process import NOW_S, Api, actor_rows
from tests.integration.api.test_wallets import link

OUT = {"channel_id": BANK.account, "destination_hash": word("bank")}


def pocket(actor: Actor, kind: Pocket, available_fen: int, held_fen: int = 0) -> dict[str, Any]:
    return {
        "account": actor.account, "pocket": int(kind), "available_fen": available_fen,
        "held_fen": held_fen, "is_counter": False, "block_number": 2,
    }  # fmt: skip


async def asked(api: Api, actor: Actor, what: str, body: dict[str, Any]) -> tuple[str, Any]:
    """Prepare something for a wallet; return the code of the refusal, if any, and its values."""
    answer = await api.post(actor, f"/v1/wallets/{ANN.account}/{what}/intents", body)
    problem = answer.json()
    return problem.get("code", ""), problem.get("values")


class TestPockets:
    async def test_all_that_is_there__can_be_spent_and_not_what_is_held(
        self, sqlite_api: Api
    ) -> None:
        """P02.1, S61.1: to the last fen, from CASH for the bank and from MEDICAL for a relative."""
        rows = [pocket(ANN, Pocket.CASH, 500, 400), pocket(ANN, Pocket.MEDICAL, 300, 200)]
        links = [link(ANN.account, BEN.account)]
        await sqlite_api.write({Wallet: rows, FamilyLink: links})
        for what, body, available_fen in (
            ("withdrawals", OUT, 500),
            ("transfers", {"receiver_id": BEN.account}, 300),
        ):
            found = await asked(sqlite_api, ANN, what, body | {"amount_fen": available_fen})
            assert found[0] == ""
            more = body | {"amount_fen": available_fen + 1}
            code, values = await asked(sqlite_api, ANN, what, more)
            assert (code, values["available_fen"]) == ("InsufficientBalance", available_fen)

    @pytest.mark.parametrize(
        ("kind", "what", "body"),
        [
            (Pocket.CASH, "withdrawals", OUT),
            (Pocket.MEDICAL, "transfers", {"receiver_id": BEN.account}),
        ],
        ids=["cash", "medical"],
    )
    async def test_too_little__leads_to_where_the_bank_tops_up(
        self, sqlite_api: Api, kind: Pocket, *, what: str, body: dict[str, Any]
    ) -> None:
        """S61.2: who follows the link prepares a deposit into the wallet that fell short."""
        rows = {Wallet: [pocket(ANN, kind, 5)], FamilyLink: [link(ANN.account, BEN.account)]}
        await sqlite_api.write(rows)
        path = f"/v1/wallets/{ANN.account}/{what}/intents"
        problem = (await sqlite_api.post(ANN, path, body | {"amount_fen": 9})).json()
        assert (problem["code"], problem["values"]["pocket"]) == ("InsufficientBalance", kind.name)
        deposit = {"amount_fen": 4, "notice_hash": word("notice")}
        answer = await sqlite_api.post(BANK, problem["links"]["top_up"], deposit)
        assert answer.status_code == 200
        intent = answer.json()["intent"]
        assert (intent["body"]["account"], intent["body"]["amount_fen"]) == (ANN.account, 4)

    async def test_family_share__is_what_the_holder_has_free_in_medical(
        self, sqlite_api: Api
    ) -> None:
        """S01.2: neither cash nor what is held."""
        rows = [pocket(ANN, Pocket.CASH, 500, 40), pocket(ANN, Pocket.MEDICAL, 300, 20)]
        links = [link(ANN.account, BEN.account)]
        await sqlite_api.write({Wallet: rows, FamilyLink: links})
        answer = await sqlite_api.get(BEN, f"/v1/wallets/{BEN.account}/balance")
        assert answer.json()["family_medical_fen"] == 300


class TestTerms:
    @pytest.mark.parametrize(
        ("closed", "actor", "what", "body"),
        [
            (ANN, BANK, "deposits", {"notice_hash": word("notice")}),
            (ANN, ANN, "withdrawals", OUT),
            (BEN, ANN, "transfers", {"receiver_id": BEN.account}),
        ],
        ids=["in", "out", "to a relative"],
    )
    async def test_wallet_whose_terms_were_not_accepted__moves_no_money(
        self, sqlite_api: Api, closed: Actor, *, actor: Actor, what: str, body: dict[str, Any]
    ) -> None:
        """S34.1: neither in nor out nor to it."""
        (row,) = (one for one in actor_rows()[Member] if one["account"] == closed.account)
        row |= {"wallet_opened_at": None, "terms_hash": None}
        links = [link(ANN.account, BEN.account)]
        await sqlite_api.write({Member: [row], FamilyLink: links})
        found = await asked(sqlite_api, actor, what, body | {"amount_fen": 1})
        assert found[0] == "WalletNotOpen"


class TestPending:
    async def test_waiting_transfer__is_accepted_by_its_receiver_and_stops_the_next(
        self, sqlite_api: Api
    ) -> None:
        """P12.4, P12.6: the other side accepts nothing, and the sender sends no second one."""
        waiting = {
            "digest": word("transfer"), "position": 1, "sender": ANN.account,
            "receiver": BEN.account, "amount_fen": 50, "returns_at": NOW_S + 900,
            "state": "PENDING", "sent_at": NOW_S - 60, "ended_at": None, "block_number": 2,
        }  # fmt: skip
        links = [link(ANN.account, BEN.account)]
        await sqlite_api.write({Transfer: [waiting], FamilyLink: links})
        path = f"/v1/wallets/{BEN.account}/transfers/intents"
        body = {"sender_id": ANN.account, "amount_fen": 50}
        assert (await sqlite_api.post(BEN, path, body)).status_code == 200
        wrong = {"sender_id": BEN.account, "amount_fen": 50}
        assert (await asked(sqlite_api, ANN, "transfers", wrong))[0] == "TransferUnknown"
        second = {"receiver_id": BEN.account, "amount_fen": 1}
        assert (await asked(sqlite_api, ANN, "transfers", second))[0] == "TransferPending"
