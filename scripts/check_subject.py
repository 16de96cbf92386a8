#!/usr/bin/env python3
"""Check the subject of a commit: conventional, at most 72 characters, no full stop."""

import re
import sys
from pathlib import Path

KINDS = "build|chore|ci|docs|feat|fix|perf|refactor|revert|style|test"
SUBJECT = re.compile(rf"^(?:{KINDS})(?:\([a-z0-9-]+\))?!?: \S.*[^.\s]$")
LIMIT = 72


def problem(subject: str) -> str | None:
    """Return what is wrong with a subject, or None."""
    if subject.startswith(("Merge ", "fixup! ", "squash! ")):
        return None
    if len(subject) > LIMIT:
        return f"{len(subject)} characters, at most {LIMIT}"
    if not SUBJECT.match(subject):
        return f"not of the form `kind(part): what it does`, kind one of {KINDS.replace('|', ', ')}"
    return None


def main() -> int:
    """Check the file git hands to a commit-msg hook and return the exit code."""
    found = problem(Path(sys.argv[1]).read_text().split("\n")[0])
    if found:
        print(f"subject: {found}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
