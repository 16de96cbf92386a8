"""Verbs of money: fund, deposit, transfer, hold, freeze, clock, and what is expected."""

from node.chain.abi.kinds import Purpose
from node.domain.kinds import Relation
from node.intents.bodies import (
    AcceptTransfer,
    FreezeAccount,
    LinkFamily,
    TransferMedical,
    Withdraw,
)
from tests.fixtures.actors import BANK, OPERATOR, word
from tests.fixtures.evm.wallet import EXTERNAL, posting
from tests.scenarios.cells import day, fen, yuan
from tests.scenarios.stage import Stage
from tests.scenarios.story import verb


@verb("fund")
def fund(stage: Stage, place: str, amount: str) -> None:
    """fund ANN.MEDICAL 10.00: money in, by a way that is open for the pocket."""
    account, pocket = stage.place(place)
    stage.wallets.fund(account, pocket, fen(amount))


@verb("deposit")
def deposit(stage: Stage, owner: str, amount: str, notice: str) -> None:
    """deposit ANN 10.00 notice-1: BANK confirms a notice."""
    stage.wallets.deposit(stage.account(owner), fen(amount), notice)


@verb("withdraw")
def withdraw(stage: Stage, member: str, amount: str) -> None:
    """withdraw ANN 5.00: CASH out through BANK."""
    body = Withdraw(BANK.account, fen(amount), word("bank account"))
    stage.world.handle("WalletOperations", "withdraw", stage.account(member), body)


@verb("payout")
def payout(stage: Stage, place: str, amount: str) -> None:
    """payout HOSPITAL.RECEIVABLE 400.00: leaves the ledger, as a cleared payment does."""
    account, pocket = stage.place(place)
    out = posting(account, EXTERNAL, fen(amount), pocket)
    stage.wallets.move(Purpose.CORRECTION, out)


@verb("link")
def link(stage: Stage, holder: str, relative: str, relation: str) -> None:
    """link ANN BEN SPOUSE: ANN's MEDICAL money may pay for BEN."""
    body = LinkFamily(stage.account(relative), int(Relation[relation]))
    stage.world.handle("MemberRegistry", "linkFamily", stage.account(holder), body)


@verb("transfer")
def transfer(stage: Stage, sender: str, receiver: str, amount: str) -> None:
    """transfer ANN BEN 4.00: MEDICAL money to a near relative."""
    body = TransferMedical(stage.account(receiver), fen(amount))
    stage.world.handle("WalletOperations", "transfer", stage.account(sender), body)


@verb("accept")
def accept(stage: Stage, receiver: str, sender: str, amount: str) -> None:
    """accept BEN ANN 4.00."""
    body = AcceptTransfer(stage.account(sender), fen(amount))
    stage.world.handle("WalletOperations", "acceptTransfer", stage.account(receiver), body)


@verb("sweep")
def sweep(stage: Stage, sender: str) -> None:
    """sweep ANN: anybody returns a lapsed transfer."""
    stage.world.transact(
        "WalletOperations", "returnTransfer", stage.account(sender), sender=stage.world.nobody
    )


@verb("pay")
def pay(stage: Stage, payer: str, receiver: str, amount: str) -> None:
    """pay ANN.MEDICAL CLINIC 3.00: what a claim posts."""
    account, pocket = stage.place(payer)
    target, into = stage.place(receiver)
    stage.wallets.move(Purpose.CLAIM, posting(account, target, fen(amount), pocket, into))


@verb("hold")
def hold(stage: Stage, name: str, place: str, amount: str, *, seconds: str) -> None:
    """hold h1 ANN.CASH 6.00 seconds=100."""
    account, pocket = stage.place(place)
    until = stage.world.now + int(seconds)
    stage.wallets.ledger("hold", word(name), account, int(pocket), fen(amount), until)


@verb("post")
def post(stage: Stage, name: str, receiver: str, amount: str) -> None:
    """post h1 CLINIC 2.50: whole or part; the rest is released."""
    account, pocket = stage.place(receiver)
    target = (account, int(pocket), fen(amount))
    stage.wallets.ledger("postHold", word(name), word("ref"), int(Purpose.CLAIM), *target)


@verb("void")
def void(stage: Stage, name: str) -> None:
    """void h1."""
    stage.wallets.ledger("voidHold", word(name))


@verb("expire")
def expire(stage: Stage, name: str) -> None:
    """expire h1."""
    stage.wallets.ledger("expireHold", word(name))


@verb("freeze")
def freeze(stage: Stage, owner: str) -> None:
    """freeze ANN: by OPERATOR."""
    _set_frozen(stage, owner, frozen=True)


@verb("release")
def release(stage: Stage, owner: str) -> None:
    """release ANN: ends a freeze."""
    _set_frozen(stage, owner, frozen=False)


@verb("clock")
def clock(stage: Stage, moment: str, *, days: str = "0") -> None:
    """clock 21:59:59 days=1: the next step runs at that Shanghai time, today or days later."""
    stage.wallets.at(moment, days=int(days))


@verb("wait")
def wait(stage: Stage, seconds: str) -> None:
    """wait 100: the next step runs so much later than the last one."""
    stage.world.travel(stage.world.now + int(seconds))


@verb("today")
def today(stage: Stage, date: str) -> None:
    """today 2026-04-20: it is noon of that day in Shanghai."""
    stage.wallets.at("12:00:00", days=day(date) - stage.wallets.today)
    stage.world.tester.mine_block()


@verb("balance")
def balance(stage: Stage, place: str, amount: str, *, held: str = "0.00") -> None:
    """balance ANN.MEDICAL 6.00 held=4.00: what can be spent, and what is held if any."""
    account, pocket = stage.place(place)
    got = stage.wallets.balances(account).get(pocket.name, (0, 0))
    said = f"got {yuan(got[0])} available, {yuan(got[1])} held"
    assert got == (fen(amount), fen(held)), said


@verb("outside")
def outside(stage: Stage, amount: str) -> None:
    """outside -10.00: the value of BANK's counter."""
    got = stage.wallets.counter(EXTERNAL)
    assert got == fen(amount), f"got {yuan(got)}"


def _set_frozen(stage: Stage, owner: str, *, frozen: bool) -> None:
    body = FreezeAccount(stage.account(owner), frozen, word("story"))
    stage.world.handle("WalletOperations", "freeze", OPERATOR, body)
