"""Evidence in CometBFT's JSON, as the registry's report names it."""

import pytest

from node.validator.unit.evidence import Kind, Misbehaviour, parse

WHO = "AB" * 20
OTHER = "CD" * 20


def vote(address: str) -> dict[str, object]:
    return {"type": 1, "height": "7", "round": 0, "validator_address": address}


class TestParse:
    def test_two_votes__are_one_misbehaviour(self) -> None:
        piece = {
            "type": "tendermint/DuplicateVoteEvidence",
            "value": {"vote_a": vote(WHO), "vote_b": vote(WHO), "TotalVotingPower": "5"},
        }
        assert parse(piece) == [Misbehaviour("0x" + "ab" * 20, 7, Kind.DUPLICATE_VOTE)]

    def test_attack_on_light_clients__names_everybody_in_it(self) -> None:
        piece = {
            "type": "tendermint/LightClientAttackEvidence",
            "value": {
                "CommonHeight": "9",
                "ByzantineValidators": [{"address": WHO}, {"address": OTHER}],
            },
        }
        assert parse(piece) == [
            Misbehaviour("0x" + "ab" * 20, 9, Kind.LIGHT_CLIENT_ATTACK),
            Misbehaviour("0x" + "cd" * 20, 9, Kind.LIGHT_CLIENT_ATTACK),
        ]

    def test_unknown_kind__is_an_error_not_nothing(self) -> None:
        with pytest.raises(ValueError, match="unknown kind"):
            parse({"type": "tendermint/Other", "value": {}})
