"""ValidatorRegistry against its own participants (S41): nobody gets more than a vote is worth."""

from dataclasses import replace

import pytest

from node.validator.home.keys import PublicEntry
from tests.fixtures.evm.governance import (
    ADD,
    FUND,
    NOTHING,
    REGISTRY,
    REMOVE,
    ROTATE,
    SET_MINIMUM,
    ZERO,
    Governance,
)
from tests.fixtures.evm.in_process import Chain, reverts

PAID = "0x" + "6" * 40


def opened(place: int, at: Governance, kind: int = SET_MINIMUM, **more: object) -> int:
    """Return the number of a proposal that nobody but its proposer voted for."""
    subject = str(more.pop("subject", ZERO))
    if kind == SET_MINIMUM:
        more["amount"] = 3
    outcome = at.propose(place, kind, subject, **more)  # type: ignore[arg-type]
    number: int = outcome.one("Proposed")["proposalId"]
    return number


def renewed(at: Governance, place: int, **values: object) -> PublicEntry:
    """Return the entry of a participant with other values, for a rotation."""
    return replace(at.entries[place], **values)  # type: ignore[arg-type]


class TestThresholds:
    @pytest.mark.parametrize(("participants", "needed"), [(4, 3), (5, 4), (6, 5), (7, 5)])
    def test_one_vote_too_few__decides_nothing(self, participants: int, needed: int) -> None:
        registry = Governance(Chain(), participants=participants)
        number = opened(0, registry)
        for place in range(1, needed - 1):
            assert registry.vote(place, number).names == ["Voted"]
        assert registry.read("votesOf", number) == [needed - 1, needed]
        with reverts("ThresholdNotReached", number, needed - 1, needed):
            registry.chain.transact(REGISTRY, "enact", number)
        assert registry.read("minimumValidators") == 4
        assert registry.vote(needed - 1, number).one("Enacted")["kind"] == SET_MINIMUM
        assert registry.read("minimumValidators") == 3

    def test_other_accounts_of_a_participant__have_no_vote(self, four: Governance) -> None:
        relayer = four.chain.accounts[6]
        four.decide(
            ROTATE, four.entries[1].participant, new=renewed(four, 1, relayer=relayer.lower())
        )
        number = opened(0, four)
        with reverts("OperatorUnknown", relayer):
            four.chain.transact(REGISTRY, "vote", number, sender=relayer)
        with reverts("OperatorUnknown", relayer):
            four.chain.transact(REGISTRY, "propose", SET_MINIMUM, ZERO, 3, NOTHING, sender=relayer)


class TestVotesLapse:
    def test_who_left_and_came_back__votes_anew(self, five: Governance) -> None:
        five.entries.append(five.entry(4))
        gone, number = five.entries[4], opened(4, five)
        five.decide(REMOVE, gone.participant)
        with reverts("OperatorUnknown", five.chain.accounts[4]):
            five.vote(4, number)
        again = five.entry(8, participant=gone.participant, operator=gone.operator)
        five.decide(ADD, gone.participant, new=again)
        assert five.read("votesOf", number) == [0, 4]
        five.vote(4, number)
        assert five.read("votesOf", number) == [1, 4]

    def test_stolen_operator__loses_vote_and_voice(self, four: Governance) -> None:
        number, fresh = opened(3, four), four.chain.accounts[6]
        subject = four.entries[3].participant
        four.decide(ROTATE, subject, new=renewed(four, 3, operator=fresh.lower()))
        assert four.read("votesOf", number) == [0, 3]
        with reverts("OperatorUnknown", four.chain.accounts[3]):
            four.vote(3, number)
        four.chain.transact(REGISTRY, "vote", number, sender=fresh)
        with reverts("VoteAlreadyCast", number, subject):
            four.chain.transact(REGISTRY, "vote", number, sender=fresh)
        assert four.read("votesOf", number) == [1, 3]

    def test_new_consensus_key__votes_anew(self, four: Governance) -> None:
        number, key = opened(3, four), four.entry(7).consensus_key
        four.decide(ROTATE, four.entries[3].participant, new=renewed(four, 3, consensus_key=key))
        assert four.read("votesOf", number) == [0, 3]

    def test_new_relayer__keeps_the_vote(self, four: Governance) -> None:
        number = opened(3, four)
        four.decide(
            ROTATE, four.entries[3].participant, new=renewed(four, 3, relayer="0x" + "7" * 40)
        )
        assert four.read("votesOf", number) == [1, 3]

    def test_account_taken_over_by_another__brings_no_vote(self, five: Governance) -> None:
        """Accounts may be used again; a vote stays with the key it was given under."""
        five.entries.append(five.entry(4))
        number, gone = opened(4, five), five.entries[4]
        five.decide(REMOVE, gone.participant)
        five.decide(
            ROTATE, five.entries[3].participant, new=renewed(five, 3, operator=gone.operator)
        )
        assert five.read("votesOf", number) == [0, 3]


class TestReplay:
    def test_coin_is_paid__once(self, four: Governance) -> None:
        chain = four.chain
        four.fill(1_000)
        number = four.decide(FUND, PAID, amount=500).one("Enacted")["proposalId"]
        with reverts("ProposalEnded", number):
            chain.transact(REGISTRY, "enact", number)
        with reverts("ProposalEnded", number):
            four.vote(3, number)
        assert chain.w3.eth.get_balance(chain.w3.to_checksum_address(PAID)) == 500

    def test_coin_that_is_not_there__is_not_paid(self, four: Governance) -> None:
        number = opened(0, four, FUND, subject=PAID, amount=500)
        four.vote(1, number)
        with reverts("InsufficientBalance"):
            four.vote(2, number)
        four.fill(500)
        assert four.vote(2, number).all("Enacted")

    def test_coin_for_nobody__is_refused(self, four: Governance) -> None:
        with reverts("ParticipantUnknown", ZERO):
            opened(0, four, FUND, subject=ZERO, amount=1)

    def test_same_entry_proposed_twice__joins_once(self, four: Governance) -> None:
        joined = four.entry(4)
        numbers = [
            opened(place, four, ADD, subject=joined.participant, new=joined) for place in (0, 1)
        ]
        four.vote(2, numbers[0])
        assert four.vote(3, numbers[0]).all("Enacted")
        four.vote(2, numbers[1])
        four.vote(0, numbers[1])
        with reverts("ParticipantUnknown", joined.participant):
            four.vote(3, numbers[1])
        assert len(four.read("participants")) == 5  # type: ignore[arg-type]


class TestKeysAndAccounts:
    def test_rotation_to_what_others_use__is_refused(self, four: Governance) -> None:
        first, subject = four.entries[0], four.entries[3].participant
        for values, error in (
            ({"consensus_key": first.consensus_key}, "KeyTaken"),
            ({"operator": first.operator}, "AccountTaken"),
            ({"relayer": first.relayer}, "AccountTaken"),
            ({"node_address": first.operator}, "AccountTaken"),
        ):
            with reverts(error):
                four.propose(3, ROTATE, subject, new=renewed(four, 3, **values))

    def test_rotation_within_own_accounts__is_possible(self, four: Governance) -> None:
        own = four.entries[3]
        swapped = renewed(four, 3, relayer=own.node_address, node_address=own.relayer)
        assert four.decide(ROTATE, own.participant, new=swapped).all("Enacted")

    def test_own_key_of_before__never_comes_back(self, four: Governance) -> None:
        own = four.entries[3]
        fresh = renewed(four, 3, consensus_key=four.entry(7).consensus_key)
        four.decide(ROTATE, own.participant, new=fresh)
        with reverts("KeyTaken", four.key(3)):
            four.propose(0, ROTATE, own.participant, new=own)

    def test_accounts_of_before__are_free_and_powerless(self, four: Governance) -> None:
        own, fresh = four.entries[3], four.entry(7, operator=four.chain.accounts[7].lower())
        four.decide(ROTATE, own.participant, new=fresh)
        with reverts("OperatorUnknown", four.chain.accounts[3]):
            opened(3, four)
        joined = four.entry(8, operator=own.operator, relayer=own.relayer)
        assert four.decide(ADD, joined.participant, new=joined).all("Enacted")

    def test_account_taken_meanwhile__keeps_the_second_out(self, four: Governance) -> None:
        first, second = four.entry(4), four.entry(5, relayer=four.entry(4).relayer)
        numbers = [
            opened(0, four, ADD, subject=one.participant, new=one) for one in (first, second)
        ]
        for place in (1, 2):
            four.vote(place, numbers[0])
        for place in (1, 2):
            four.vote(place, numbers[1])
        with reverts("AccountTaken", second.relayer):
            four.vote(3, numbers[1])


class TestReports:
    EVIDENCE = ("0x" + "ab" * 20, 7, 1)

    def test_evidence__is_one_event_however_many_tell_it(self, four: Governance) -> None:
        tellers = self._relayers(four, (0, 1))
        assert four.read("isReported", *self.EVIDENCE) is False
        assert self._report(four, tellers[0], *self.EVIDENCE) == ["Misbehaviour"]
        assert four.read("isReported", *self.EVIDENCE) is True
        assert self._report(four, tellers[1], *self.EVIDENCE) == []

    def test_other_evidence__is_told_too(self, four: Governance) -> None:
        (teller,) = self._relayers(four, (0,))
        validator, height, kind = self.EVIDENCE
        for told in (
            self.EVIDENCE, ("0x" + "ac" * 20, height, kind),
            (validator, height + 1, kind), (validator, height, kind + 1),
        ):  # fmt: skip
            assert self._report(four, teller, *told) == ["Misbehaviour"]

    def test_relayer_of_who_left__is_refused(self, five: Governance) -> None:
        (teller,) = self._relayers(five, (1,))
        five.entries.append(five.entry(4))
        five.decide(REMOVE, five.entries[1].participant)
        with reverts("RelayerUnknown", teller):
            self._report(five, teller, *self.EVIDENCE)

    def _relayers(self, at: Governance, places: tuple[int, ...]) -> list[str]:
        tellers = [at.chain.accounts[6 + place] for place in places]
        for place, teller in zip(places, tellers, strict=True):
            fresh = renewed(at, place, relayer=teller.lower())
            at.decide(ROTATE, at.entries[place].participant, new=fresh)
        return tellers

    def _report(self, at: Governance, teller: str, *told: object) -> list[str]:
        return at.chain.transact(REGISTRY, "reportMisbehaviour", *told, sender=teller).names
