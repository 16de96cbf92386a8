"""Revert data and RPC failures: every error has its class, every failure one decision (S16)."""

import re
from dataclasses import MISSING, fields

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from node.chain.rpc.errors import (
    DECLARED,
    ContractRefusal,
    Reason,
    Trouble,
    decode_revert,
    error_name,
    reason_of,
    revert_of,
    reverts,
    trouble_of,
)
from node.chain.rpc.json_rpc import RpcError
from node.domain.errors import (
    CATALOGUE,
    CareTypeNotCovered,
    ChainUnavailable,
    InsufficientBalance,
    InvalidPeriod,
    PocketNotAllowed,
    RoleMissing,
)
from node.wire.hashing import selector
from node.wire.hexadecimal import to_hex
from node.wire.labels import label_bytes
from tests.fixtures.tools import ROOT

ANN = "0x" + "1a" * 20


class TestTable:
    def test_table__is_that_of_the_contracts(self) -> None:
        source = (ROOT / "contracts" / "src" / "types" / "Errors.sol").read_text()
        found = [" ".join(one.split()) for one in re.findall(r"^error\s+([^;]+);", source, re.M)]
        written = [one.replace("( ", "(").replace(" )", ")") for one in found]
        ours = [line for line in DECLARED.split("\n") if line]
        assert [line for line in ours if not line.startswith("AccessManage")] == written

    def test_values__fill_the_classes_of_the_catalogue(self) -> None:
        for spec in reverts().values():
            data = bytes(32 * len(spec.values))
            error = spec.build(data)
            assert error.code == spec.name
            if spec.name in CATALOGUE:
                # What only the gateway can say has a default and follows.
                values = tuple(error.values())
                assert values[: len(spec.values)] == spec.values
                added = [one for one in fields(error) if one.name in values[len(spec.values) :]]
                assert all(one.default is not MISSING for one in added)

    def test_selectors__are_all_different(self) -> None:
        assert len(reverts()) == len([line for line in DECLARED.split("\n") if line])


class TestDecodeRevert:
    def test_values__are_what_the_contract_gave(self) -> None:
        head = selector("InsufficientBalance(address,uint8,uint256,uint256)")
        data = encode(["address", "uint8", "uint256", "uint256"], [ANN, 1, 5, 2**70])
        error = decode_revert(head + data)
        assert isinstance(error, InsufficientBalance)
        assert error.values() == {
            "account": ANN, "pocket": "MEDICAL", "available_fen": 5, "needed_fen": 2**70,
        }  # fmt: skip

    def test_numbers_with_a_meaning__are_named(self) -> None:
        data = selector("PocketNotAllowed(uint8,uint256)") + encode(["uint8", "uint256"], [0, 6])
        error = decode_revert(data)
        assert isinstance(error, PocketNotAllowed)
        assert (error.pocket, error.purpose) == ("CASH", "PREMIUM")

    def test_labels__are_text(self) -> None:
        words = label_bytes("INPATIENT", 16).ljust(32, b"\0") + label_bytes("3", 32)
        error = decode_revert(selector("CareTypeNotCovered(bytes16,bytes16)") + words)
        assert isinstance(error, CareTypeNotCovered)
        assert (error.care_type, error.level) == ("INPATIENT", "3")
        role = selector("RoleMissing(address,bytes32)") + bytes(32) + label_bytes("INSURER", 32)
        missing = decode_revert(role)
        assert isinstance(missing, RoleMissing)
        assert missing.role == "INSURER"

    def test_days_before_1970__stay_negative(self) -> None:
        data = encode(["int256", "int256"], [-5, -9])
        error = decode_revert(selector("InvalidPeriod(int256,int256)") + data)
        assert isinstance(error, InvalidPeriod)
        assert (error.start_day, error.end_day) == (-5, -9)

    @pytest.mark.parametrize(
        ("data", "code", "details"),
        [
            (b"", "Empty", {"data": "0x"}),
            (b"\1\2\3\4\5", "0x01020304", {"data": "0x05"}),
            (selector("Panic(uint256)") + (17).to_bytes(32), "Panic", {"panic": 17}),
            (selector("Paused()"), "Paused", {}),
            (selector("AddressUnknown(bytes32)") + label_bytes("X", 32), "AddressUnknown",
             {"name": "X"}),
            (selector("Error(string)") + encode(["string"], ["why"]), "Error", {"message": "why"}),
        ],
    )  # fmt: skip
    def test_what_only_contracts_meet__is_a_refusal(
        self, data: bytes, code: str, details: dict[str, object]
    ) -> None:
        error = decode_revert(data)
        assert isinstance(error, ContractRefusal)
        assert (error.code, error.details) == (code, details)
        assert error.status == 409

    def test_refusal__prints_like_an_error_of_the_domain(self) -> None:
        error = decode_revert(selector("EntryIncomplete(address)") + encode(["address"], [ANN]))
        assert str(error) == f"EntryIncomplete(participant={ANN!r})"

    @given(st.sampled_from(sorted(reverts())), st.binary(max_size=200))
    def test_any_bytes__are_a_refusal_and_never_raise(self, head: bytes, rest: bytes) -> None:
        assert decode_revert(head + rest).code
        assert decode_revert(rest).code

    def test_selector_in_an_event__has_a_name(self) -> None:
        assert error_name(selector("NonceUsed(address,uint256)")) == "NonceUsed"
        assert error_name(b"\1\2\3\4") == "0x01020304"


class TestRevertOf:
    def test_data_of_a_call__is_decoded(self) -> None:
        data = to_hex(selector("UseIntent()"))
        for error in (
            RpcError(3, "execution reverted", data),
            RpcError(-32000, "execution reverted", {"data": data}),
        ):
            refusal = revert_of(error)
            assert refusal is not None
            assert refusal.code == "UseIntent"

    def test_revert_without_data__is_empty(self) -> None:
        refusal = revert_of(RpcError(3, "execution reverted"))
        assert refusal is not None
        assert refusal.code == "Empty"

    def test_other_trouble__is_no_refusal(self) -> None:
        assert revert_of(RpcError(-32601, "Method not found")) is None
        assert revert_of(RpcError(-32000, "odd", "0xzz")) is None


class TestReasonOf:
    @pytest.mark.parametrize(
        ("message", "reason"),
        [
            ("already known", Reason.LOOK_FOR_RECEIPT),
            ("transaction already imported", Reason.LOOK_FOR_RECEIPT),
            ("nonce too low: next nonce 5, tx nonce 4", Reason.LOOK_FOR_RECEIPT),
            ("replacement transaction underpriced", Reason.LOOK_FOR_RECEIPT),
            ("transaction underpriced", Reason.RETRY_SAME_NONCE),
            ("max fee per gas less than block base fee: address 0x", Reason.RETRY_SAME_NONCE),
            ("nonce too high", Reason.RETRY_SAME_NONCE),
            ("txpool is full", Reason.RETRY_SAME_NONCE),
            ("Too many requests", Reason.RETRY_SAME_NONCE),
            ("insufficient funds for gas * price + value", Reason.SUSPEND),
            ("Insufficient funds for gas * price + value", Reason.SUSPEND),
            ("intrinsic gas too low", Reason.REJECT),
            ("exceeds block gas limit", Reason.REJECT),
            ("tx fee (4.00 ether) exceeds the configured cap (1.00 ether)", Reason.REJECT),
            ("transaction gas limit too high (cap: 16777216, tx: 20000000)", Reason.REJECT),
            ("invalid chain id for signer", Reason.REJECT),
            ("Failed to decode transaction", Reason.REJECT),
            ("execution reverted", Reason.REJECT),
            ("database is on fire", Reason.SUSPEND),
            ("", Reason.SUSPEND),
        ],
    )
    def test_words_of_a_node__lead_to_one_decision(self, message: str, reason: Reason) -> None:
        assert reason_of(trouble_of(RpcError(-32000, message))) is reason

    def test_no_answer__is_a_question(self) -> None:
        assert reason_of(trouble_of(ChainUnavailable())) is Reason.LOOK_FOR_RECEIPT

    def test_anything_else__waits_for_a_person(self) -> None:
        assert reason_of(trouble_of(KeyError("x"))) is Reason.SUSPEND

    def test_every_trouble__has_a_reason(self) -> None:
        assert {type(reason_of(trouble)) for trouble in Trouble} == {Reason}
