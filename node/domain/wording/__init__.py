"""What codes mean, in words for people, in both languages (zh and en).

`error_text` explains an error or refusal code: what it is, why it happens, what to do next.
`detail` puts the values of one refusal in words. `code_text` names a member of an enumeration, such
as `Reason.COPAY` or `BillState.OPEN`; `label_of` does so for a code that is only text.

`reason_in_words` says what is wrong with a request: in English as the code says it, in Chinese by
that sentence, in `zh/reasons.toml`.

All other texts lie in `zh/` and `en/`; a code is added in both. No text names a person: values in
texts are amounts, days, ids and codes.
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
from node.domain.wording.reasons import reason_in_words
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
    "reason_in_words",
    "reason_text",
    "shown_day",
    "state_text",
    "value_in_words",
    "value_label",
]
