"""A balance that the gateway answers is the contract's own at the block it names (S01)."""

import pytest

from node.domain.kinds import Pocket
from tests.fixtures.actors import word
from tests.fixtures.gateway.live import LiveGateway, live

__all__ = ["live"]

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.any_engine]


class TestBalance:
    async def test_every_pocket_and_the_family_share__equal_the_contract_at_that_block(
        self, live: LiveGateway
    ) -> None:
        """S01.4: asked of the ledger at the named block, for several accounts."""
        ledger = live.sandbox.book.ledger
        ann, ben = live.parties["ANN"].account, live.parties["BEN"].account
        deposit = {"amount_fen": 12_345, "notice_hash": word("balance notice")}
        await live.do("BANK", f"/v1/wallets/{ann}/deposits", deposit)
        shown = {}
        for name in ("ANN", "BEN", "HOSPITAL"):
            account = live.parties[name].account
            body = (await live.get(name, f"/v1/wallets/{account}/balance")).json()
            found = await ledger.balances_of(account, block=body["block_number"])
            assert body["pockets"] == {
                pocket.name: {
                    "available_fen": found.available[pocket],
                    "held_fen": found.held[pocket],
                    "total_fen": found.available[pocket] + found.held[pocket],
                }
                for pocket in Pocket
            }
            shown[name] = body
        assert shown["ANN"]["pockets"]["CASH"]["total_fen"] >= 12_345
        # BEN's MEDICAL money may pay for ANN: BEN holds the link.
        block = shown["ANN"]["block_number"]
        share_fen = await ledger.balance_of(ben, Pocket.MEDICAL, block=block)
        assert shown["ANN"]["family_medical_fen"] == share_fen > 0
