"""The beginning of an object as text, so that it can be read; what is no text is refused. Pure."""

import codecs
import csv
import io
import json

from tools.errors import BadArguments
from tools.google.results import StoredObject
from tools.room import fitting

LINES = 40
CELLS = 20
LONGEST_LINE = 400
LONGEST_TEXT = 6_000


def head(found: StoredObject, content: bytes) -> tuple[str, str]:
    """The beginning of a text, and in words what of it that is.

    Args:
        found: The object.
        content: Its first bytes.

    Raises:
        BadArguments: It is no text.
    """
    whole = len(content) >= found.size
    text = _decoded(found, content, whole=whole)
    if whole and (found.name.endswith(".json") or "json" in found.content_type):
        text = _indented(text)
    lines = text.splitlines()
    if not whole and len(lines) > 1:
        lines = lines[:-1]  # the last one is cut anywhere
    shown = fitting((_cut(line) for line in lines[:LINES]), room=LONGEST_TEXT)
    cut = len(shown) < len(lines) or any(len(line) > LONGEST_LINE for line in lines[: len(shown)])
    what = _of_a_table(found, lines) + _how_much(found, shown=len(shown), lines=len(lines), whole=whole, cut=cut)
    return "\n".join(shown), what


def size(count: int) -> str:
    """Bytes in words, such as `1.2 MB`."""
    for unit, factor in (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count} byte{'s' if count != 1 else ''}"


def _decoded(found: StoredObject, content: bytes, *, whole: bool) -> str:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        text = decoder.decode(content, final=whole)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        kind = f" ({found.content_type})" if found.content_type else ""
        raise BadArguments(
            f"{found.uri} is no text{kind}, so I cannot show its beginning. "
            f"`/mlops object url {found.uri}` gives an address to fetch it from."
        )
    return text


def _indented(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"


def _of_a_table(found: StoredObject, lines: list[str]) -> str:
    if not (found.name.endswith((".csv", ".tsv")) or "csv" in found.content_type) or not lines:
        return ""
    delimiter = "\t" if found.name.endswith(".tsv") else ","
    columns = next(csv.reader(io.StringIO(lines[0]), delimiter=delimiter), [])
    named = ", ".join(f"`{column.strip()[:40]}`" for column in columns[:CELLS])
    more = f" and {len(columns) - CELLS} more" if len(columns) > CELLS else ""
    return f"{len(columns)} columns: {named}{more}. "


def _how_much(found: StoredObject, *, shown: int, lines: int, whole: bool, cut: bool) -> str:
    if whole and not cut:
        return f"All {shown} line{'s' if shown != 1 else ''}."
    if whole:
        return f"The first {shown} of {lines} lines; longer ones are cut."
    return f"The first {shown} lines; {size(found.size)} in all, the rest was not read."
