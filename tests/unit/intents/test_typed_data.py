"""EIP-712 digests against eth-account, and the document that a wallet shows."""

import json
from dataclasses import replace

import pytest
from eth_account.messages import encode_typed_data
from eth_hash.auto import keccak
from hypothesis import given

from node.domain.errors import MalformedBody
from node.intents.bodies import OpenWallet
from node.intents.messages import Intent, IntentKind
from node.intents.schema import type_string
from node.intents.typed_data import Domain, digest, digest_bytes, type_hash, typed_data_json
from tests.fixtures.actors import ANN, word
from tests.fixtures.intents.bodies import intents, sample_body

DOMAIN = Domain(31_337, "0x" + "ab" * 20)
OPEN = Intent(IntentKind.OPEN_WALLET, ANN.account, 7, 1_800_000_000, OpenWallet(word("terms")))


def reference(intent: Intent, domain: Domain) -> bytes:
    """Return eth-account's digest of the same document, after a trip through JSON."""
    document = json.loads(json.dumps(typed_data_json(intent, domain)))
    signable = encode_typed_data(full_message=document)
    return bytes(keccak(b"\x19" + signable.version + signable.header + signable.body))


class TestDigest:
    @given(intent=intents())
    def test_any_intent__equals_eth_account(self, intent: Intent) -> None:
        """M03: what is shown is what is signed."""
        assert digest_bytes(intent, DOMAIN) == reference(intent, DOMAIN)
        assert digest(intent, DOMAIN) == "0x" + digest_bytes(intent, DOMAIN).hex()

    @pytest.mark.parametrize(
        "other",
        [
            replace(OPEN, nonce=8),
            replace(OPEN, deadline=1_800_000_001),
            replace(OPEN, actor="0x1" + "0" * 39),
            replace(OPEN, body=OpenWallet(word("other terms"))),
        ],
    )
    def test_any_change__changes_the_digest(self, other: Intent) -> None:
        assert digest(other, DOMAIN) != digest(OPEN, DOMAIN)

    def test_another_chain_or_router__changes_the_digest(self) -> None:
        others = [Domain(1, DOMAIN.verifying_contract), Domain(31_337, "0x" + "cd" * 20)]
        assert len({digest(OPEN, domain) for domain in (DOMAIN, *others)}) == 3

    def test_kinds_that_share_a_body__differ(self) -> None:
        settle = replace(
            OPEN, kind=IntentKind.SETTLE_CLAIM, body=sample_body(IntentKind.SUBMIT_CLAIM)
        )
        assert digest(settle, DOMAIN) != digest(
            replace(settle, kind=IntentKind.SUBMIT_CLAIM), DOMAIN
        )

    def test_actor_that_is_no_address__is_refused(self) -> None:
        with pytest.raises(MalformedBody):
            digest(replace(OPEN, actor="ANN"), DOMAIN)


class TestTypeString:
    def test_envelope__stands_before_the_fields(self) -> None:
        assert type_string(IntentKind.OPEN_WALLET) == (
            "OpenWallet(address actor,uint256 nonce,uint64 deadline,bytes32 termsHash)"
        )
        assert type_hash(IntentKind.OPEN_WALLET) == keccak(
            b"OpenWallet(address actor,uint256 nonce,uint64 deadline,bytes32 termsHash)"
        )

    def test_lines__have_their_type_behind(self) -> None:
        assert type_string(IntentKind.SUBMIT_CLAIM).endswith(
            "ClaimLine[] lines)ClaimLine(uint8 class,uint64 grossFen,uint64 overFen,"
            "uint16 selfPayBp,bytes32 lineHash)"
        )

    def test_no_kind__has_no_type(self) -> None:
        with pytest.raises(KeyError):
            type_string(IntentKind.NONE)


class TestTypedDataJson:
    def test_document__names_domain_type_and_values(self) -> None:
        document = typed_data_json(OPEN, DOMAIN)
        assert document["domain"] == {
            "name": "Yibao",
            "version": "1",
            "chainId": 31_337,
            "verifyingContract": DOMAIN.verifying_contract,
        }
        assert document["primaryType"] == "OpenWallet"
        assert document["message"] == {
            "actor": ANN.account,
            "nonce": "7",
            "deadline": 1_800_000_000,
            "termsHash": word("terms"),
        }
