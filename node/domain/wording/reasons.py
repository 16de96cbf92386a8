"""What is wrong with a request, in both languages: the sentences of `MalformedBody`."""

from __future__ import annotations

from node.domain.language import Language
from node.domain.said import Said
from node.domain.wording.tables import table


def reason_in_words(reason: str, language: Language) -> str:
    """Return a sentence in a language; one that nobody translated stays English.

    Values that came with a request are put in as they are, and never read as a form.
    """
    if language is Language.EN:
        return str(reason)
    known: dict[str, str] = table("reasons", language)
    if not isinstance(reason, Said):
        return known.get(reason, reason)
    form = known.get(reason.form)
    return str(reason) if form is None else form.format_map(_values(reason, language))


def _values(sentence: Said, language: Language) -> dict[str, object]:
    return {
        name: reason_in_words(value, language) if isinstance(value, Said) else value
        for name, value in sentence.values.items()
    }
