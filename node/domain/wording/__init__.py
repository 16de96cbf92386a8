"""What codes mean, in words for people, in both languages (zh and en).

`error_text` explains an error or refusal code: what it is, why it happens, what to do next.
`detail` puts the values of one refusal in words. `code_text` names a member of an enumeration, such
as `Reason.COPAY` or `BillState.OPEN`; `label_of` does so for a code that is only text.

The texts lie in `zh/` and `en/`; a code is added in both. No text names a person: values in texts
are amounts, days, ids and codes.
"""

from node.domain.wording.codes import (
    CodeText,
    care_type_label,
    code_text,
    label_of,
    reason_text,
    state_text,
)
from node.domain.wording.errors import ErrorText, detail, error_text, explained_codes, value_label
from node.domain.wording.values import DAY_VALUES, shown_day, value_in_words

__all__ = [
    "DAY_VALUES",
    "CodeText",
    "ErrorText",
    "care_type_label",
    "code_text",
    "detail",
    "error_text",
    "explained_codes",
    "label_of",
    "reason_text",
    "shown_day",
    "state_text",
    "value_in_words",
    "value_label",
]
