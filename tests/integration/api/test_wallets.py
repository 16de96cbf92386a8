"""Wallet routes: balance, live record, transfers, deposits, withdrawals (S01, S02, P12)."""

from typing import Any

from node.db.models.members import FamilyLink
from node.db.models.wallets import Entry, Wallet
from node.domain.kinds import Pocket
from tests.fixtures.actors import ANN, BANK, BEN, CARL, HOSPITAL, INSURER, word
from tests.fixtures.gateway.in_process import AUDITOR, FEN, HEAD, NOW_S, Api

ENTRIES = 7


def link(holder: str, relative: str, *, active: bool = True) -> dict[str, Any]:
    return {
        "holder": holder,
        "relative": relative,
        "relation": "SPOUSE",
        "active": active,
        "linked_at": NOW_S,
        "ended_at": None,
        "block_number": 2,
    }


def entry(position: int, **changes: Any) -> dict[str, Any]:
    return {
        "account": ANN.account,
        "position": position,
        "pocket": int(Pocket.CASH),
        "amount_fen": 100 * position,
        "balance_fen": 50 * position * (position + 1),
        "counterpart": BANK.account,
        "counterpart_pocket": int(Pocket.CASH),
        "purpose": "DEPOSIT",
        "ref": word(f"deposit {position}"),
        "block_number": position,
        "timestamp": NOW_S + position,
        **changes,
    }


class TestBalance:
    """S01: one call, every pocket, one named block."""

    async def test_stranger__is_not_owner(self, api: Api) -> None:
        """P16.1: a balance is for its holder."""
        answer = await api.get(BEN, f"/v1/wallets/{ANN.account}/balance")
        assert (answer.status_code, answer.json()["code"]) == (403, "NotOwner")

    async def test_account_that_does_not_exist__tells_a_stranger_nothing_else(
        self, api: Api
    ) -> None:
        unknown = "0x1" + "9" * 39
        answer = await api.get(BEN, f"/v1/wallets/{unknown}/balance")
        assert (answer.status_code, answer.json()["code"]) == (403, "NotOwner")

    async def test_own__shows_pockets_holds_and_block(self, api: Api) -> None:
        """S01.1, S01.3: every pocket with its three figures, at the block that is named."""
        figures = {Pocket.CASH: (600, 400), Pocket.MEDICAL: (500, 7), Pocket.POINTS: (30, 2)}
        rows = [{"account": ANN.account, "pocket": int(pocket), "available_fen": available,
                 "held_fen": held, "is_counter": False, "block_number": 2}
                for pocket, (available, held) in figures.items()]  # fmt: skip
        await api.write({Wallet: rows})
        answer = await api.get(ANN, f"/v1/wallets/{ANN.account}/balance")
        body = answer.json()
        assert answer.status_code == 200
        assert body["pockets"] == {
            "CASH": {"available_fen": 600, "held_fen": 400, "total_fen": 1_000},
            "MEDICAL": {"available_fen": 500, "held_fen": 7, "total_fen": 507},
            "POINTS": {"available_fen": 30, "held_fen": 2, "total_fen": 32},
        }
        assert (body["block_number"], body["block_hash"]) == (HEAD.number, HEAD.block_hash)

    async def test_linked_relative__sees_the_holders_medical_money(self, api: Api) -> None:
        """S01.2: the family share, and none once the link has ended."""
        await api.write({FamilyLink: [link(ANN.account, BEN.account)]})
        answer = await api.get(BEN, f"/v1/wallets/{BEN.account}/balance")
        assert answer.json()["family_medical_fen"] == FEN
        await api.write({FamilyLink: [link(ANN.account, BEN.account, active=False)]})
        ended = await api.get(BEN, f"/v1/wallets/{BEN.account}/balance")
        assert ended.json()["family_medical_fen"] == 0

    async def test_guardian_auditor_and_same_block__see_it_again_with_304(self, api: Api) -> None:
        path = f"/v1/wallets/{CARL.account}/balance"
        first = await api.get(ANN, path)
        again = await api.get(ANN, path, headers={"If-None-Match": first.headers["ETag"]})
        audited = await api.get(AUDITOR, path)
        assert [first.status_code, again.status_code, audited.status_code] == [200, 304, 200]
        assert again.content == b""


class TestEntries:
    """S02, P58: the live record pages by cursor, and filters survive every page."""

    async def _pages(self, api: Api, query: str) -> list[int]:
        found: list[int] = []
        cursor = ""
        while True:
            path = f"/v1/wallets/{ANN.account}/entries?limit=2{query}{cursor}"
            page = (await api.get(ANN, path)).json()
            found += [int(one["position"]) for one in page["items"]]
            if page["next"] is None:
                return found
            cursor = f"&cursor={page['next']}"

    async def test_unknown_filter__is_an_error(self, api: Api) -> None:
        """P58.2: an error, and no empty list."""
        answer = await api.get(ANN, f"/v1/wallets/{ANN.account}/entries?colour=red")
        assert (answer.status_code, answer.json()["code"]) == (400, "FilterUnknown")

    async def test_foreign_cursor__is_malformed(self, api: Api) -> None:
        answer = await api.get(ANN, f"/v1/wallets/{ANN.account}/entries?cursor=WyJhIl0")
        assert (answer.status_code, answer.json()["code"]) == (400, "MalformedBody")

    async def test_pages__show_each_row_once_newest_first(self, api: Api) -> None:
        await api.write({Entry: [entry(number) for number in range(1, ENTRIES + 1)]})
        assert await self._pages(api, "") == list(range(ENTRIES, 0, -1))

    async def test_entries_of_another_account__are_not_among_them(self, api: Api) -> None:
        """S02.3: else the sum of the entries is not the balance."""
        await api.write({Entry: [entry(1), entry(2, account=BEN.account)]})
        assert await self._pages(api, "") == [1]

    async def test_rows_that_arrive_between_pages__hide_no_other(self, api: Api) -> None:
        """P58.1: each row once."""
        await api.write({Entry: [entry(number) for number in range(1, 4)]})
        path = f"/v1/wallets/{ANN.account}/entries?limit=2"
        first = (await api.get(ANN, path)).json()
        await api.write({Entry: [entry(9)]})
        second = (await api.get(ANN, f"{path}&cursor={first['next']}")).json()
        assert [one["position"] for one in first["items"] + second["items"]] == ["3", "2", "1"]

    async def test_filters__survive_every_page(self, api: Api) -> None:
        """S02.2: dates, types and amounts still hold on the second page."""
        rows = [entry(number, purpose=("DEPOSIT", "CLAIM")[number % 2]) for number in range(1, 8)]
        rows[0] |= {"pocket": 1, "amount_fen": -100}
        await api.write({Entry: rows})
        assert await self._pages(api, "&purpose=CLAIM") == [7, 5, 3, 1]
        assert await self._pages(api, "&purpose=CLAIM&pocket=CASH") == [7, 5, 3]
        assert await self._pages(api, f"&since={NOW_S + 2}&until={NOW_S + 5}") == [4, 3, 2]
        assert await self._pages(api, "&at_least_fen=300&at_most_fen=500") == [5, 4, 3]
        assert await self._pages(api, "&at_most_fen=100") == [1]
        assert await self._pages(api, "&at_least_fen=100&at_most_fen=100") == [1]
        assert await self._pages(api, f"&ref={word('deposit 4')}") == [4]


class TestTransfers:
    """P12: what cannot succeed is refused by name before anything is signed."""

    async def _refused(self, api: Api, asked: dict[str, Any]) -> str:
        answer = await api.post(ANN, f"/v1/wallets/{ANN.account}/transfers/intents", asked)
        return str(answer.json()["code"])

    async def test_no_relative__is_refused(self, api: Api) -> None:
        asked = {"receiver_id": BEN.account, "amount_fen": 1}
        assert await self._refused(api, asked) == "NotNearRelative"

    async def test_more_than_the_limit__is_refused(self, api: Api) -> None:
        await api.write({FamilyLink: [link(ANN.account, BEN.account)]})
        asked = {"receiver_id": BEN.account, "amount_fen": 200_001}
        assert await self._refused(api, asked) == "TransferTooLarge"

    async def test_more_than_there_is__names_both_figures(self, api: Api) -> None:
        """S61.1: what there is and what is needed."""
        await api.write({FamilyLink: [link(ANN.account, BEN.account)]})
        asked = {"receiver_id": BEN.account, "amount_fen": FEN + 1}
        answer = await api.post(ANN, f"/v1/wallets/{ANN.account}/transfers/intents", asked)
        problem = answer.json()
        assert problem["code"] == "InsufficientBalance"
        assert problem["values"]["available_fen"] == FEN
        assert problem["values"]["needed_fen"] == FEN + 1

    async def test_acceptance_of_nothing__is_unknown(self, api: Api) -> None:
        asked = {"sender_id": BEN.account, "amount_fen": 1}
        assert await self._refused(api, asked) == "TransferUnknown"

    async def test_relative__gets_an_accepted_intent(self, api: Api) -> None:
        await api.write({FamilyLink: [link(ANN.account, BEN.account)]})
        path = f"/v1/wallets/{ANN.account}/transfers"
        asked = {"receiver_id": BEN.account, "amount_fen": 5_000}
        prepared = (await api.post(ANN, f"{path}/intents", asked)).json()
        answer = await api.submit(ANN, path, api.signed(prepared["intent"], ANN))
        assert answer.status_code == 202
        assert answer.json() == {
            "digest": prepared["digest"],
            "state": "QUEUED",
            "href": f"/v1/transactions/{prepared['digest']}",
        }
        assert answer.headers["Location"] == answer.json()["href"]

    async def test_intent_of_another_account__is_refused(self, api: Api) -> None:
        await api.write({FamilyLink: [link(ANN.account, BEN.account)]})
        path = f"/v1/wallets/{ANN.account}/transfers"
        asked = {"receiver_id": BEN.account, "amount_fen": 5_000}
        prepared = (await api.post(ANN, f"{path}/intents", asked)).json()
        body = api.signed(prepared["intent"], ANN)
        answer = await api.submit(ANN, f"/v1/wallets/{BEN.account}/transfers", body)
        assert (answer.status_code, answer.json()["code"]) == (403, "NotOwner")


class TestMoneyInAndOut:
    """Deposits are signed by the channel, withdrawals by the member."""

    async def test_deposit__is_taken_from_a_channel(self, api: Api) -> None:
        path = f"/v1/wallets/{ANN.account}/deposits"
        asked = {"amount_fen": 700, "notice_hash": word("notice")}
        prepared = (await api.post(BANK, f"{path}/intents", asked)).json()
        assert prepared["intent"]["actor"] == BANK.account
        answer = await api.submit(BANK, path, api.signed(prepared["intent"], BANK))
        assert answer.status_code == 202

    async def test_deposit_for_another_account_than_the_path__is_refused(self, api: Api) -> None:
        asked = {"amount_fen": 700, "notice_hash": word("notice")}
        path = f"/v1/wallets/{ANN.account}/deposits"
        prepared = (await api.post(BANK, f"{path}/intents", asked)).json()
        body = api.signed(prepared["intent"], BANK)
        answer = await api.submit(BANK, f"/v1/wallets/{BEN.account}/deposits", body)
        assert answer.json()["errors"][0]["pointer"] == "/intent/body/account"

    async def test_withdrawal_through_no_channel__is_refused(self, api: Api) -> None:
        """S44.2: a hospital pays nothing out."""
        asked = {"channel_id": HOSPITAL.account, "amount_fen": 1, "destination_hash": word("bank")}
        answer = await api.post(ANN, f"/v1/wallets/{ANN.account}/withdrawals/intents", asked)
        assert (answer.status_code, answer.json()["code"]) == (404, "ProviderUnknown")

    async def test_withdrawal__is_accepted(self, api: Api) -> None:
        path = f"/v1/wallets/{ANN.account}/withdrawals"
        asked = {"channel_id": BANK.account, "amount_fen": 1_000, "destination_hash": word("bank")}
        prepared = (await api.post(ANN, f"{path}/intents", asked)).json()
        answer = await api.submit(ANN, path, api.signed(prepared["intent"], ANN))
        assert answer.status_code == 202

    async def test_organisations__see_only_their_own_accounts(self, api: Api) -> None:
        own = await api.get(HOSPITAL, f"/v1/wallets/{HOSPITAL.account}/balance")
        other = await api.get(HOSPITAL, f"/v1/wallets/{INSURER.account}/balance")
        assert (own.status_code, other.json()["code"]) == (200, "NotOwner")
