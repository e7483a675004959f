"""What a docstring says before it lists its arguments. Pure."""

import re

_ALONE = (
    "args|arguments|parameters|params|keyword args|keyword arguments|other parameters|returns|return|yields|raises|"
    "attributes|examples?|notes?|references|see also|todo|warnings?|warns"
)
#: Google's headings; those of what goes in and out may have text on their own line.
_GOOGLE = re.compile(rf"\s*(?:(?:{_ALONE})\s*::?\s*$|(?:args|arguments|returns?|yields|raises)\s*:\s)", re.IGNORECASE)
_FIELD = re.compile(r"\s*[:@](?:param|arg|argument|type|keyword|returns?|rtype|raises?|throws)\b")  # Sphinx, Epytext
_UNDERLINE = re.compile(r"\s*(?:-{3,}|={3,})\s*$")  # NumPy


def summary(docstring: str, longest: int = 600) -> str:
    """The paragraphs before the first section heading, as many as fit into `longest` characters, at least one.

    The first one is never cut here; empty when the docstring begins with a heading.
    """
    lines = docstring.strip().split("\n")
    end = next((at for at in range(len(lines)) if _heading(lines, at)), len(lines))
    shown = ""
    for paragraph in re.split(r"\n\s*\n", "\n".join(line.strip() for line in lines[:end]).strip()):
        longer = f"{shown}\n\n{paragraph}" if shown else paragraph
        if shown and len(longer) > longest:
            break
        shown = longer
    return shown


def _heading(lines: list[str], at: int) -> bool:
    underlined = at + 1 < len(lines) and lines[at].strip() and _UNDERLINE.match(lines[at + 1])
    return bool(underlined or _GOOGLE.match(lines[at]) or _FIELD.match(lines[at]))
