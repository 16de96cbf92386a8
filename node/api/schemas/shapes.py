"""The shapes of texts in requests: a pattern, and what a refusal says is wanted instead.

A closed list of words is a `Literal` and needs no row here: its refusal names the words.
"""

from __future__ import annotations

ACCOUNT = r"^0x[0-9a-f]{40}$"
HASH = r"^0x[0-9a-f]{64}$"
SIGNATURE = r"^0x([0-9a-f]{2}){64,128}$"
WIDE_NUMBER = r"^(0|[1-9][0-9]{0,77})$"
DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
MONTH = r"^[0-9]{4}-[0-9]{2}$"
VISIT = r"^[0-9a-f-]{36}$"
RECEIPT_NUMBER = r"^[0-9]{10,15}-[0-9]{5,8}$"
CATALOGUE_VERSION = r"^[A-Za-z0-9._-]{1,32}$"
CATEGORY = r"^NEEDY_([1-9]|[12][0-9]|3[0-2])$"
REASON = r"^[A-Z][A-Z0-9_]{0,31}$"
LIMIT_NAME = r"^[a-z_]{1,32}$"
# Control characters, line ends of Unicode, and marks that nobody sees: with a mark that turns the
# direction of a text, a name or an item reads on screen and receipt as one that it is not. The two
# joiners (200c, 200d) stay allowed: names of some scripts are spelt with them.
UNSEEN = r"\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
PRINTABLE = rf"^[^{UNSEEN}]+$"
PRINTABLE_OR_EMPTY = rf"^[^{UNSEEN}]*$"

WANTED = {
    ACCOUNT: "0x and 40 lower-case hex digits",
    HASH: "0x and 64 lower-case hex digits",
    SIGNATURE: "0x and the 64 to 128 bytes of a signature in lower-case hex digits",
    WIDE_NUMBER: "a whole number of at most 78 digits as text, without sign or leading zeros",
    DAY: "a day such as 2026-03-02",
    MONTH: "a month such as 2026-03",
    VISIT: "the id of a visit: 36 lower-case hex digits and hyphens",
    RECEIPT_NUMBER: "the number of a receipt such as 0000001204-00017",
    CATALOGUE_VERSION: "1 to 32 letters, digits, dots, hyphens or underscores",
    CATEGORY: "NEEDY_1 to NEEDY_32",
    REASON: "a code of 1 to 32 capital letters, digits and underscores that starts with a letter",
    LIMIT_NAME: "1 to 32 small letters and underscores",
    PRINTABLE: "a text without control characters and direction marks, not empty",
    PRINTABLE_OR_EMPTY: "a text without control characters and direction marks",
}
