"""What one claim settles: the fifteen figures, their identities, and who pays the member share.

Mirrors `Settlement` of contracts/src/types/ClaimTypes.sol. Every figure comes from adjudication;
this module splits the member share and asserts that nothing is lost. Source: domain.md §3, §6
step 11.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

from node.domain.money import require_sum, saturating_sub


@dataclass(frozen=True)
class Settlement:
    """Figures of one claim in fen, in struct order. See `assert_identities` for how they add up.

    `pooled_fen` is the basic layer; `deductible_fen` is a part of in-scope, rounded for display.
    """

    total_fen: int
    own_fen: int
    over_fen: int
    pre_self_fen: int
    in_scope_fen: int
    deductible_fen: int
    pooled_fen: int
    big_illness_fen: int
    aid_fen: int
    supplementary_fen: int
    provider_fen: int
    member_fen: int
    medical_fen: int
    family_fen: int
    cash_fen: int

    @property
    def fund_fen(self) -> int:
        """All fund parts together; the member's own account is never one of them."""
        return self.pooled_fen + self.big_illness_fen + self.aid_fen + self.supplementary_fen

    def words(self) -> tuple[int, ...]:
        """Return the fifteen integers in struct order."""
        return astuple(self)


def assert_identities(settlement: Settlement) -> Settlement:
    """Return the settlement if its three identities hold.

    total = own + over + pre_self + in_scope; total = provider + funds + member;
    member = medical + family + cash. Errors: LineSumMismatch, which no valid input reaches.
    """
    s = settlement
    Sum((s.own_fen, s.over_fen, s.pre_self_fen, s.in_scope_fen), s.total_fen).check()
    Sum((s.provider_fen, s.fund_fen, s.member_fen), s.total_fen).check()
    Sum((s.medical_fen, s.family_fen, s.cash_fen), s.member_fen).check()
    return settlement


@dataclass(frozen=True)
class Sum:
    """Parts that must add up to a total, in fen; parts may be negative."""

    parts: tuple[int, ...]
    total: int

    def check(self) -> None:
        """Make sure that they do. Errors: LineSumMismatch."""
        require_sum(self.parts, self.total)


@dataclass(frozen=True)
class MemberSplit:
    """The member share by pocket, in fen: own MEDICAL, then the holder's, then CASH (P11)."""

    medical_fen: int
    family_fen: int
    cash_fen: int


def split_member_share(
    member_fen: int, *, uncoverable_fen: int, medical_available_fen: int, family_available_fen: int
) -> MemberSplit:
    """Return who pays the member share: MEDICAL, then the family holder's MEDICAL, then CASH.

    `uncoverable_fen` is what MEDICAL may not pay: class C and over-limit amounts that the member
    bears, or 0 where the plan says `all_self_pay`. Source: docs/adjudication.md §7.
    """
    coverable = saturating_sub(member_fen, uncoverable_fen)
    medical = min(medical_available_fen, coverable)
    family = min(family_available_fen, coverable - medical)
    return MemberSplit(medical, family, member_fen - medical - family)


@dataclass(frozen=True)
class MixedOrder:
    """A mobile order with an insurance part and a cash part (P40), in fen.

    `gov` fund, `own` member's account, `other` other funds, `med_cash` cash part of the bill,
    `add` extra charges, `reduce` discounts. Source: domain.md §6, CN-18.
    """

    gov_fen: int
    own_fen: int
    other_fen: int
    med_cash_fen: int
    add_fen: int = 0
    reduce_fen: int = 0

    @property
    def wallet_cash_fen(self) -> int:
        """What the wallet or channel is asked for."""
        return self.med_cash_fen + self.add_fen - self.reduce_fen

    @property
    def total_fen(self) -> int:
        """The whole order, seen from the bill."""
        return self.gov_fen + self.own_fen + self.other_fen + self.med_cash_fen + self.add_fen

    def sums(self, *, total_fen: int, wallet_cash_fen: int) -> tuple[Sum, ...]:
        """Return the two sums that must both give the stated total."""
        insured = (self.gov_fen, self.own_fen, self.other_fen)
        return (
            Sum((*insured, wallet_cash_fen, self.reduce_fen), total_fen),
            Sum((*insured, self.med_cash_fen, self.add_fen), total_fen),
        )

    def check(self, *, total_fen: int, wallet_cash_fen: int) -> None:
        """Refuse the order unless both sums give the stated total. Errors: LineSumMismatch."""
        for stated in self.sums(total_fen=total_fen, wallet_cash_fen=wallet_cash_fen):
            stated.check()
