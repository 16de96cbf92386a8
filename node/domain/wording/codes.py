"""Labels and meanings of closed lists: reasons, payers, states, pockets, schemes, receipt kinds."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from node.domain.adjudication.trace import Payer, Reason
from node.domain.claims import ClaimState
from node.domain.coverage import CoverageStatus
from node.domain.kinds import CareScope
from node.domain.language import Language
from node.domain.premiums import BillState
from node.domain.transactions import TxStatus
from node.domain.visits import VisitState
from node.domain.wording.tables import table

State = BillState | ClaimState | VisitState | TxStatus | CoverageStatus


@dataclass(frozen=True, slots=True)
class CodeText:
    """A code in words: a short label and a sentence, which is the label where that says all."""

    label: str
    meaning: str


def code_text(code: enum.Enum, language: Language) -> CodeText:
    """Return the text of a member of an enumeration. Errors: KeyError for one without texts."""
    return _text(type(code).__name__, code.name, language)


def reason_text(reason: Reason | Payer, language: Language) -> CodeText:
    """Return why a part of a claim is not paid by a fund, or who pays it, for a member."""
    return code_text(reason, language)


def state_text(state: State, language: Language) -> CodeText:
    """Return what a state of a bill, claim, visit, transaction or coverage means."""
    return code_text(state, language)


def label_of(group: str, code: str, language: Language) -> str:
    """Return the label of a code that is only text; an unknown code stands for itself.

    `group` is the name of its enumeration, or one of ReceiptKind, ReceiptState, Source, Purpose,
    Event, Rule, Category.
    """
    if code not in table("words", language)[group]:
        return code
    return _text(group, code, language).label


def care_type_label(care_type: str, language: Language) -> str:
    """Return a care type in words; a care type of the region's own stands for itself."""
    return label_of(CareScope.__name__, care_type, language)


def _text(group: str, code: str, language: Language) -> CodeText:
    found = table("words", language)[group][code]
    label, meaning = (found, found) if isinstance(found, str) else found
    return CodeText(label, meaning)
