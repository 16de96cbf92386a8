"""ValidatorRegistry (S41, M10): participants join, rotate and leave by more than two thirds."""

from dataclasses import replace

import pytest

from node.validator.home.registry_state import storage_of
from tests.factories.validator import entry
from tests.fixtures.evm.governance import (
    ACTIVE,
    ADD,
    FUND,
    LEFT,
    NO_KEY,
    NONE,
    OPEN_FOR_S,
    REGISTRY,
    REMOVE,
    ROTATE,
    SET_MINIMUM,
    ZERO,
    Governance,
)
from tests.fixtures.evm.in_process import Chain, reverts


class TestGenesis:
    def test_storage_written_from_outside__reads_as_entered(self, four: Governance) -> None:
        assert four.read("participants") == [one.participant for one in four.entries]
        assert four.read("getValidators") == [one.node_address for one in four.entries]
        assert four.read("minimumValidators") == 4
        for one in four.entries:
            assert four.read("participantOf", one.participant) == [
                "0x" + one.consensus_key,
                one.node_address,
                ACTIVE,
                one.operator,
                one.relayer,
                "0x" + one.name.encode().hex().ljust(64, "0"),
            ]

    def test_entries_by_vote__stand_in_the_same_words(self, five: Governance) -> None:
        """What governance writes is what a genesis with the same entries would hold."""
        expected = storage_of([*five.entries, five.entry(4)], minimum=4)
        address = five.chain.contracts[REGISTRY].address
        for slot, word in expected.items():
            stored = five.chain.w3.eth.get_storage_at(address, slot)
            assert int.from_bytes(stored, "big") == word, hex(slot)


class TestBesu:
    def test_get_validators__answers_in_the_shape_that_besu_reads(self, five: Governance) -> None:
        """M10.2: `getValidators()` gives one `address[]`, in order, word by word.

        Source: Besu's contract based validator selection, `getValidators() returns (address[])`.
        """
        call = {"to": five.chain.contracts[REGISTRY].address, "data": "0xb7ab4db5"}
        answer = bytes(five.chain.w3.eth.call(call))
        words = [answer[place : place + 32] for place in range(0, len(answer), 32)]
        addresses = [*(one.node_address for one in five.entries), five.entry(4).node_address]
        assert [int.from_bytes(word) for word in words] == [
            32,
            len(addresses),
            *(int(address, 16) for address in addresses),
        ]


class TestVotes:
    def test_threshold__is_more_than_two_thirds(self, four: Governance) -> None:
        joined = four.entry(4)
        number = four.propose(0, ADD, joined.participant, new=joined).one("Proposed")["proposalId"]
        assert four.read("votesOf", number) == [1, 3]
        assert not four.vote(1, number).all("Enacted")
        outcome = four.vote(2, number)
        assert outcome.one("Enacted").args == {
            "proposalId": number, "kind": ADD, "subject": joined.participant,
        }  # fmt: skip
        changed = {"removed": NO_KEY, "added": four.key(4)}
        assert outcome.one("ValidatorsChanged").args == changed
        assert four.read("getValidators")[-1] == joined.node_address  # type: ignore[index]

    def test_one_participant__votes_once(self, four: Governance) -> None:
        joined = four.entry(4)
        number = four.propose(0, ADD, joined.participant, new=joined).one("Proposed")["proposalId"]
        with reverts("VoteAlreadyCast", number, four.entries[0].participant):
            four.vote(0, number)

    def test_stranger__neither_proposes_nor_votes(self, four: Governance) -> None:
        joined = four.entry(4)
        with reverts("OperatorUnknown", four.chain.accounts[8]):
            four.propose(8, ADD, joined.participant, new=joined)
        number = four.propose(0, ADD, joined.participant, new=joined).one("Proposed")["proposalId"]
        with reverts("OperatorUnknown", four.chain.accounts[8]):
            four.vote(8, number)

    def test_enacted_proposal__has_ended(self, five: Governance) -> None:
        with reverts("ProposalEnded", 1):
            five.vote(3, 1)
        with reverts("ProposalEnded", 1):
            five.chain.transact(REGISTRY, "enact", 1)

    def test_unknown_proposal__is_told(self, four: Governance) -> None:
        for number in (0, 9):
            with reverts("ProposalUnknown", number):
                four.vote(0, number)
        assert four.read("proposalOf", 9)[0] == NONE  # type: ignore[index]

    def test_old_proposal__lapses(self, four: Governance) -> None:
        joined = four.entry(4)
        number = four.propose(0, ADD, joined.participant, new=joined).one("Proposed")["proposalId"]
        made = four.chain.now
        four.chain.travel(made + OPEN_FOR_S)
        assert four.vote(1, number).one("Voted")
        four.chain.travel(made + OPEN_FOR_S + 1)
        with reverts("ProposalEnded", number):
            four.vote(2, number)

    def test_vote_of_who_left__counts_no_more(self, five: Governance) -> None:
        five.entries.append(five.entry(4))
        number = five.propose(4, SET_MINIMUM, ZERO, amount=3).one("Proposed")["proposalId"]
        assert five.read("votesOf", number) == [1, 4]
        five.decide(REMOVE, five.entries[4].participant)
        assert five.read("votesOf", number) == [0, 3]


class TestMembers:
    def test_removal__keeps_the_order_of_joining(self, five: Governance) -> None:
        gone = five.entries[1].participant
        outcome = five.decide(REMOVE, gone)
        assert outcome.one("ValidatorsChanged")["removed"] == five.key(1)
        left = [*(one.participant for one in five.entries if one.participant != gone)]
        assert five.read("participants") == [*left, five.entry(4).participant]
        assert five.read("participantOf", gone)[2] == LEFT  # type: ignore[index]
        with reverts("OperatorUnknown", five.chain.accounts[1]):
            five.propose(1, SET_MINIMUM, ZERO, amount=3)

    def test_removal_below_the_minimum__is_refused(self, four: Governance) -> None:
        with reverts("TooFewValidators", 3, 4):
            four.propose(0, REMOVE, four.entries[3].participant)

    def test_minimum__is_lowered_by_vote_only(self, four: Governance) -> None:
        four.decide(SET_MINIMUM, ZERO, amount=3)
        assert four.read("minimumValidators") == 3
        four.decide(REMOVE, four.entries[3].participant)
        assert len(four.read("getValidators")) == 3  # type: ignore[arg-type]

    @pytest.mark.parametrize("amount", [0, 5])
    def test_minimum_nobody_can_keep__is_refused(self, four: Governance, amount: int) -> None:
        with reverts("TooFewValidators", 4, amount):
            four.propose(0, SET_MINIMUM, ZERO, amount=amount)

    def test_rotation__puts_one_key_in_place_of_another(self, four: Governance) -> None:
        fresh = replace(four.entry(7), operator=four.entries[2].operator)
        outcome = four.decide(ROTATE, four.entries[2].participant, new=fresh)
        changed = {"removed": four.key(2), "added": four.key(7)}
        assert outcome.one("ValidatorsChanged").args == changed
        assert four.read("getValidators")[2] == fresh.node_address  # type: ignore[index]
        number = four.chain.w3.eth.block_number
        assert four.read("changeAt", number) == [four.key(2), four.key(7)]
        assert four.read("changeAt", number - 1) == [NO_KEY, NO_KEY]

    def test_rotation_of_accounts_alone__changes_no_validator(self, four: Governance) -> None:
        fresh = replace(four.entries[2], relayer="0x" + "7" * 40)
        assert not four.decide(ROTATE, four.entries[2].participant, new=fresh).all(
            "ValidatorsChanged"
        )

    def test_key_once_used__never_comes_back(self, five: Governance) -> None:
        five.decide(REMOVE, five.entries[1].participant)
        again = five.entry(1, operator=five.chain.accounts[7].lower())
        with reverts("KeyTaken", five.key(1)):
            five.propose(0, ADD, again.participant, new=again)

    @pytest.mark.parametrize(
        ("values", "error"),
        [
            ({"consensus_key": "0" * 64}, "EntryIncomplete"),
            ({"relayer": ZERO}, "EntryIncomplete"),
            ({"consensus_key": entry(0).consensus_key}, "KeyTaken"),
            ({"node_address": entry(0).node_address}, "AccountTaken"),
            ({"relayer": entry(4).node_address}, "AccountTaken"),
        ],
    )
    def test_entry_of_somebody_else__is_refused(
        self, four: Governance, values: dict[str, object], error: str
    ) -> None:
        joined = four.entry(4, **values)
        with reverts(error):
            four.propose(0, ADD, joined.participant, new=joined)

    def test_wrong_subject__is_refused(self, four: Governance) -> None:
        joined = four.entry(4)
        for kind, subject in (
            (ADD, four.entries[0].participant), (ADD, ZERO), (REMOVE, joined.participant),
            (ROTATE, joined.participant),
        ):  # fmt: skip
            with reverts("ParticipantUnknown", subject):
                four.propose(0, kind, subject, new=joined)
        with reverts("ProposalUnknown", 0):
            four.propose(0, NONE, ZERO)

    def test_what_became_impossible__is_refused_when_it_would_pass(self, five: Governance) -> None:
        first = five.propose(0, REMOVE, five.entries[1].participant).one("Proposed")["proposalId"]
        second = five.propose(0, REMOVE, five.entries[2].participant).one("Proposed")["proposalId"]
        for place in (1, 2, 3):
            five.vote(place, first)
        with reverts("TooFewValidators", 3, 4):
            five.vote(3, second)
            five.vote(2, second)


class TestOneChangePerBlock:
    def test_second_change_of_a_block__waits_for_the_next(self, five: Governance) -> None:
        chain, fresh = five.chain, five.entry(5)
        two = chain.create("VotingTwice")
        five.decide(SET_MINIMUM, ZERO, amount=2)
        five.decide(ROTATE, five.entries[3].participant, new=five.entry(6, operator=two))
        numbers = [
            five.propose(0, REMOVE, five.entries[1].participant).one("Proposed")["proposalId"],
            five.propose(0, ADD, fresh.participant, new=fresh).one("Proposed")["proposalId"],
        ]
        for number in numbers:
            for place in (2, 4):
                five.vote(place, number)
        registry = chain.contracts[REGISTRY].address
        with reverts("ChangeThisBlock", chain.w3.eth.block_number + 1):
            chain.transact("VotingTwice", "voteAndEnact", registry, *numbers)
        outcome = chain.transact("VotingTwice", "vote", registry, *numbers)
        assert outcome.one("ValidatorsChanged")["removed"] == five.key(1)
        assert len(outcome.all("Voted")) == 2
        assert chain.transact(REGISTRY, "enact", numbers[1]).one("Enacted")["kind"] == ADD

    def test_enacting_without_the_votes__is_refused(self, five: Governance) -> None:
        number = five.propose(0, SET_MINIMUM, ZERO, amount=3).one("Proposed")["proposalId"]
        with reverts("ThresholdNotReached", number, 1, 4):
            five.chain.transact(REGISTRY, "enact", number)


class TestCoin:
    def test_who_joins__gets_coin_to_send_with(self, four: Governance) -> None:
        chain, joined = four.chain, four.entry(4, operator="0x" + "5" * 40)
        self._fill(chain, 10**18 * 2)
        four.decide(ADD, joined.participant, new=joined)
        for account in (joined.operator, joined.relayer):
            assert chain.w3.eth.get_balance(chain.w3.to_checksum_address(account)) == 10**18

    def test_empty_reserve__keeps_nobody_out(self, four: Governance) -> None:
        joined = four.entry(4)
        assert four.decide(ADD, joined.participant, new=joined).all("Enacted")

    def test_vote__pays_coin(self, four: Governance) -> None:
        chain, paid = four.chain, "0x" + "6" * 40
        self._fill(chain, 500)
        four.decide(FUND, paid, amount=500)
        assert chain.w3.eth.get_balance(chain.w3.to_checksum_address(paid)) == 500

    def _fill(self, chain: Chain, amount: int) -> None:
        target = chain.contracts[REGISTRY].address
        chain.w3.eth.send_transaction(
            {"from": chain.accounts[9], "to": target, "value": amount, "gas": 100_000}
        )


class TestMisbehaviour:
    def test_relayer_of_a_participant__reports_once(self, four: Governance) -> None:
        chain = four.chain
        fresh = replace(four.entries[1], relayer=chain.accounts[6].lower())
        four.decide(ROTATE, four.entries[1].participant, new=fresh)
        told = ("0x" + "ab" * 20, 7, 1)
        outcome = chain.transact(REGISTRY, "reportMisbehaviour", *told, sender=chain.accounts[6])
        assert outcome.one("Misbehaviour").args == {
            "validator": told[0], "height": 7, "kind": 1, "reporter": chain.accounts[6].lower(),
        }  # fmt: skip
        again = chain.transact(REGISTRY, "reportMisbehaviour", *told, sender=chain.accounts[6])
        assert again.names == []

    def test_anybody_else__is_refused(self, four: Governance) -> None:
        for sender in (four.chain.accounts[0], four.chain.accounts[8]):
            with reverts("RelayerUnknown", sender):
                four.chain.transact(
                    REGISTRY, "reportMisbehaviour", "0x" + "ab" * 20, 7, 1, sender=sender
                )
