"""Verbs of money: fund, deposit, transfer, hold, freeze, clock, and what is expected."""

from node.chain.abi.kinds import Purpose
from node.domain.kinds import Pocket, Relation
from node.intents.bodies import (
    AcceptTransfer,
    FreezeAccount,
    LinkFamily,
    TransferMedical,
    Withdraw,
)
from tests.fixtures.actors import BANK, OPERATOR, word
from tests.fixtures.evm.wallet import EXTERNAL, posting
from tests.scenarios.runner import Story, verb


@verb("fund")
def fund(story: Story, owner: str, pocket: str, amount_fen: str) -> None:
    """fund ANN MEDICAL 1000: money in, by a way that is open for the pocket."""
    story.wallets.fund(story.account(owner), Pocket[pocket], int(amount_fen))


@verb("deposit")
def deposit(story: Story, owner: str, amount_fen: str, notice: str) -> None:
    """deposit ANN 1000 notice-1: BANK confirms a notice."""
    story.wallets.deposit(story.account(owner), int(amount_fen), notice)


@verb("withdraw")
def withdraw(story: Story, member: str, amount_fen: str) -> None:
    """withdraw ANN 500: CASH out through BANK."""
    body = Withdraw(BANK.account, int(amount_fen), word("bank account"))
    story.world.handle("WalletOperations", "withdraw", story.account(member), body)


@verb("link")
def link(story: Story, holder: str, relative: str, relation: str) -> None:
    """link ANN BEN SPOUSE."""
    body = LinkFamily(story.account(relative), int(Relation[relation]))
    story.world.handle("MemberRegistry", "linkFamily", story.account(holder), body)


@verb("transfer")
def transfer(story: Story, sender: str, receiver: str, amount_fen: str) -> None:
    """transfer ANN BEN 400: MEDICAL money to a near relative."""
    body = TransferMedical(story.account(receiver), int(amount_fen))
    story.world.handle("WalletOperations", "transfer", story.account(sender), body)


@verb("accept")
def accept(story: Story, receiver: str, sender: str, amount_fen: str) -> None:
    """accept BEN ANN 400."""
    body = AcceptTransfer(story.account(sender), int(amount_fen))
    story.world.handle("WalletOperations", "acceptTransfer", story.account(receiver), body)


@verb("sweep")
def sweep(story: Story, sender: str) -> None:
    """sweep ANN: anybody returns a lapsed transfer."""
    story.world.transact(
        "WalletOperations", "returnTransfer", story.account(sender), sender=story.world.nobody
    )


@verb("pay")
def pay(story: Story, *words: str) -> None:
    """pay ANN MEDICAL CLINIC 300: what a claim posts."""
    payer, pocket, receiver, amount_fen = words
    pockets = (Pocket[pocket], Pocket.CASH)
    parties = (story.account(payer), story.account(receiver))
    story.wallets.move(Purpose.CLAIM, posting(*parties, int(amount_fen), *pockets))


@verb("hold")
def hold(story: Story, *words: str) -> None:
    """hold h1 ANN CASH 600 100: for 100 seconds."""
    name, owner, pocket, amount_fen, lasts_s = words
    until = story.world.now + int(lasts_s)
    place = (story.account(owner), int(Pocket[pocket]))
    story.wallets.ledger("hold", word(name), *place, int(amount_fen), until)


@verb("post")
def post(story: Story, name: str, receiver: str, amount_fen: str) -> None:
    """post h1 CLINIC 250: whole or part; the rest is released."""
    target = (story.account(receiver), int(Pocket.CASH), int(amount_fen))
    story.wallets.ledger("postHold", word(name), word("ref"), int(Purpose.CLAIM), *target)


@verb("void")
def void(story: Story, name: str) -> None:
    """void h1."""
    story.wallets.ledger("voidHold", word(name))


@verb("expire")
def expire(story: Story, name: str) -> None:
    """expire h1."""
    story.wallets.ledger("expireHold", word(name))


@verb("freeze")
def freeze(story: Story, owner: str) -> None:
    """freeze ANN: by OPERATOR."""
    _set_frozen(story, owner, frozen=True)


@verb("release")
def release(story: Story, owner: str) -> None:
    """release ANN: ends a freeze."""
    _set_frozen(story, owner, frozen=False)


@verb("clock")
def clock(story: Story, moment: str, days: str = "0") -> None:
    """clock 21:59:59 1: the next step runs at that time of Shanghai, today or days later."""
    story.wallets.at(moment, days=int(days))


@verb("wait")
def wait(story: Story, seconds: str) -> None:
    """wait 100: the next step runs so much later than the last one."""
    story.world.travel(story.world.now + int(seconds))


@verb("balance")
def balance(story: Story, owner: str, pocket: str, *figures: str) -> None:
    """balance ANN MEDICAL 600 400: available, and held if any."""
    available, held = (*figures, "0")[:2]
    got = story.wallets.balances(story.account(owner)).get(pocket, (0, 0))
    assert got == (int(available), int(held)), f"got {got[0]} available, {got[1]} held"


@verb("outside")
def outside(story: Story, amount_fen: str) -> None:
    """outside -1000: the value of BANK's counter."""
    got = story.wallets.counter(EXTERNAL)
    assert got == int(amount_fen), f"got {got}"


def _set_frozen(story: Story, owner: str, *, frozen: bool) -> None:
    body = FreezeAccount(story.account(owner), frozen, word("story"))
    story.world.handle("WalletOperations", "freeze", OPERATOR, body)
