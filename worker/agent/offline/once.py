"""A moment to come in a message: `tonight at 22:00`, `in 2 hours`; a bare `at 5` may be a parameter's value."""

import re

from tools.prefect.once import HOW_OFTEN

_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_PART = r"(?:(?:in\s+the\s+)?(?:morning|evening|afternoon|night|noon))"
_SURE = r"(?:at\s+|@\s*)(?:\d{1,2}:\d{2}(?:\s*(?:am|pm))?|\d{1,2}\s*(?:am|pm|o'clock)|noon|midnight)"
_HOUR = rf"(?:{_SURE}|at\s+\d{{1,2}}|\d{{1,2}}:\d{{2}}|\d{{1,2}}\s*(?:am|pm))(?![\w=])"
_NAMED = rf"(?:tonight|today|tomorrow|(?:on|next|this)\s+{_DAY})"
_MOMENT = re.compile(
    rf"""(?<![\w-])(?:
        in\s+(?:\d{{1,4}}|an?|half\s+an)\s*(?:minutes?|mins?|hours?|hrs?|h|days?)
      | (?:on\s+)?\d{{4}}-\d{{2}}-\d{{2}}\s+(?:at\s+)?\d{{1,2}}:\d{{2}}
      | {_NAMED}(?:\s+{_PART})?(?:,?\s+{_HOUR})?
      | {_SURE}(?:\s+{_NAMED})?
    )(?![\w=:])(?:\s+(?:UTC|GMT|[A-Z][a-z]+/[A-Z][A-Za-z_]+))?""",
    re.IGNORECASE | re.VERBOSE,
)
_RECURRING = re.compile(rf"{HOW_OFTEN}|(?<![\w-]){_DAY}s(?![\w-])", re.IGNORECASE)


def moment_in(text: str) -> str:
    """The moment that a message names, as typed; empty when it names none, or something that recurs."""
    found = _MOMENT.search(text)
    return found[0].strip() if found and not _RECURRING.search(text) else ""
