"""The error catalogue: complete, stable codes, one status and exit code per category."""

from __future__ import annotations

import copy
import pickle
import re
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from node.domain.errors import (
    CATALOGUE,
    BodyTooLarge,
    Category,
    DomainError,
    IdempotencyKeyReused,
    InsufficientBalance,
    InvalidAmount,
    MalformedBody,
    RateLimited,
    SignInRequired,
)

NAMES = """
InvalidAmount InvalidCurrency InvalidRatio InvalidBands LineSumMismatch LineAmountMismatch
InvalidPeriod InvalidIdentityNumber NameMismatch InvalidServiceDate InvalidInstalment
CoverageInactive WaitingPeriodActive ProviderNotContracted PreauthorizationRequired
PreauthorizationExceeded FilingRequired FilingDeadlinePassed PocketNotAllowed
ItemNotListed ItemExpired QuantityLimitExceeded FrequencyLimitExceeded CareTypeNotCovered
PrescriptionExhausted
IdempotencyKeyMissing MalformedBody BodyTooLarge FilterUnknown IdempotencyKeyReused
SignInRequired SecondFactorRequired SignatureInvalid SignatureMissing SignatureExpired
PinWrong PinLocked RoleMissing SameApprover UseIntent NotAParty SignerFrozen NotOwner
ConsentMissing ConsentRevoked AccountFrozen NotNearRelative FamilyLinkInactive
MemberUnknown ProviderUnknown BillUnknown ClaimUnknown PlanUnknown HoldUnknown ReceiptUnknown
ReceiptCodeWrong CoverageUnknown VisitUnknown TransferUnknown TransactionUnknown
NonceUsed RequestInProgress BillAlreadyPaid ClaimNumberUsed DuplicateClaim StayOverlap
ClaimPending ClaimNotSettled LaterSettlementExists HoldEnded QuoteExpired QuoteStale
ReceiptAlreadyClaimed WindowClosed WindowNotReconciled PlanVersionFrozen RefundExceedsPayment
VoteAlreadyCast
InsufficientBalance FundInsufficient BudgetExhausted TransferDailyLimit TransferTooLarge
TransferClosedHours TransferPending WalletNotOpen PointsExpired
RateLimited ChainUnavailable ChainLagging ChannelUnavailable
"""
EXPECTED = NAMES.split()
STATUS = {422: 2, 400: 2, 413: 2, 401: 3, 403: 3, 404: 4, 409: 5, 429: 6, 503: 6}
SOLIDITY = Path(__file__).parents[3] / "contracts" / "src" / "types" / "Errors.sol"


def made(error: type[DomainError]) -> DomainError:
    """Return an error of a class with a value for each of its names."""
    names = [field.name for field in fields(error) if field.name != "field"]
    return error(*range(1, len(names) + 1), field="/place")


class TestCatalogue:
    def test_every_name_of_the_rules__has_a_class(self) -> None:
        assert set(EXPECTED) - set(CATALOGUE) == set()

    def test_nothing_else__is_there_but_refusals_of_state_machines(self) -> None:
        assert sorted(set(CATALOGUE) - set(EXPECTED)) == [
            "AlreadyExists",
            "BillStateInvalid",
            "ClaimStateInvalid",
            "IdentityAlreadyBound",
            "RefundNotAllowed",
            "TransactionStateInvalid",
            "VisitStateInvalid",
        ]

    @pytest.mark.parametrize("error", CATALOGUE.values(), ids=list(CATALOGUE))
    def test_each_error__has_code_status_exit_code_and_values(
        self, error: type[DomainError]
    ) -> None:
        refused = made(error)
        assert refused.code == error.__name__
        assert STATUS[refused.status] == refused.exit_code
        assert "field" not in refused.values()
        assert refused.code in str(refused)
        assert str(refused).endswith("at /place")
        assert isinstance(refused, Exception)

    @pytest.mark.parametrize("error", CATALOGUE.values(), ids=list(CATALOGUE))
    def test_each_error__can_be_copied_and_pickled(self, error: type[DomainError]) -> None:
        refused = made(error)
        for twin in (copy.copy(refused), pickle.loads(pickle.dumps(refused))):
            assert twin.values() == refused.values()
            assert twin.field == "/place"

    def test_value_names__are_those_of_solidity(self) -> None:
        for name, values in re.findall(
            r"^error (\w+)\((.*?)\);", SOLIDITY.read_text(), re.M | re.S
        ):
            if name not in CATALOGUE:
                continue
            camel = [value.split()[-1] for value in values.split(",") if value.strip()]
            snake = [re.sub(r"(?<!^)([A-Z])", r"_\1", word).lower() for word in camel]
            ours = [field.name for field in fields(CATALOGUE[name]) if field.default is MISSING]
            assert ours == snake, name


class TestCategory:
    def test_statuses_that_differ_from_their_group__are_explicit(self) -> None:
        assert (BodyTooLarge(5).status, BodyTooLarge(5).exit_code) == (413, 2)
        assert IdempotencyKeyReused("k").category is Category.REUSE
        assert (RateLimited(3).status, RateLimited(3).exit_code) == (429, 6)

    def test_bug__is_500_and_70(self) -> None:
        assert (Category.BUG.http_status, Category.BUG.exit_code) == (500, 70)


class TestValues:
    def test_positional_and_named__are_the_same(self) -> None:
        short = InsufficientBalance("0x1", "CASH", 5, 6)
        assert short.values() == {
            "account": "0x1",
            "pocket": "CASH",
            "available_fen": 5,
            "needed_fen": 6,
        }
        assert short.args == ("0x1", "CASH", 5, 6)

    def test_error_without_values__prints_its_code(self) -> None:
        assert str(SignInRequired()) == "SignInRequired()"
        assert str(InvalidAmount(0)) == "InvalidAmount(amount_fen=0)"

    def test_traceback__can_be_attached(self) -> None:
        # A frozen dataclass would refuse this.
        with pytest.raises(MalformedBody) as refused:
            raise MalformedBody("why") from ValueError()
        assert isinstance(refused.value.__cause__, ValueError)
