"""Markdown, as models and tools write it, in Slack's own notation.

Slack knows bold, italic, strike, code, quotes and links. Headings become bold lines, tables become aligned code, lists
get real bullets. A link is a link only when its host is one that we were told of; any other one is shown as words, so
that nothing in an answer can carry data away with one click.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.views.text import FENCE, clean, escape, is_web_address

_OPEN_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[^`]*$")
_HEADING = re.compile(r"^ {0,3}#{1,6}\s+(.*?)\s*#*\s*$")
_BULLET = re.compile(r"^(\s*)[-*+]\s+(?:\[([ xX])\]\s+)?(.*)$")
_QUOTE = re.compile(r"^\s{0,3}>\s?(.*)$")
_RULE = re.compile(r"^\s{0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,})$")
_DELIMITER_ROW = re.compile(r"^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")

# What stands for itself and is put aside while bold and italic are read. The lengths keep hostile input linear.
_ATOM = re.compile(
    r"(?<!`)(?P<ticks>`{1,2})(?!`)(?P<code>[^\n]{1,1000}?)(?<!`)(?P=ticks)(?!`)"
    r"|!?\[(?P<label>[^\[\]\n]{0,300})\]\(\s{0,3}<?(?P<target>[^\s<>()]{1,1000})>?(?:\s+\"[^\"\n]{0,200}\")?\s{0,3}\)"
    r"|<(?P<auto>https?://[^\s<>|]{1,1000})(?:\|(?P<autolabel>[^<>\n]{0,300}))?>"
    r"|(?P<bare>https?://[^\s<>\[\]\"'`|*\ue000-\ue00f]{1,1000})"
    r"|\\(?P<escaped>[\\`*_{}\[\]()#+.!~>|-])"
)
_BOLD = re.compile(r"(\*\*|__)(?=\S)([^\n]{1,300}?)(?<=\S)\1")
_BOTH = re.compile(r"(?<!\*)\*{3}(?=[^\s*])([^\n]{1,300}?)(?<=[^\s*])\*{3}(?!\*)")
_ITALIC = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]{1,300}?)(?<=[^\s*])\*(?![\w*])")
_STRIKE = re.compile(r"~~(?=\S)([^\n]{1,300}?)(?<=\S)~~")
_BOLD_MARK, _ATOM_START, _ATOM_END = "\ue002", "\ue000", "\ue001"
_PUT_ASIDE = re.compile(f"{_ATOM_START}(\\d+){_ATOM_END}")

_COLUMN = 60  # characters of a table's widest column; a longer cell is cut
_COLUMNS = 30  # more than these are no table that anybody could read
_LONGEST = 2_000  # characters of a line that is looked at as a whole


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines of Slack's notation that belong together."""

    text: str


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """Escaped lines of code, without their fences."""

    text: str


Piece = Paragraph | CodeBlock


def pieces(markdown: str, hosts: Sequence[str] = ()) -> tuple[Piece, ...]:
    """The paragraphs and code blocks of a Markdown text.

    Args:
        markdown: Foreign text.
        hosts: What may be linked, each as `host` or `host:port`.
    """
    lines = clean(markdown).split("\n")
    found: list[Piece] = []
    paragraph: list[str] = []

    def flush() -> None:
        if any(line.strip() for line in paragraph):
            found.append(Paragraph("\n".join(paragraph).strip("\n")))
        paragraph.clear()

    at = 0
    while at < len(lines):
        if opening := _OPEN_FENCE.match(lines[at]):
            flush()
            at, inside = _code(lines, at + 1, opening[1])
            found.append(_code_block(inside))
        elif _starts_table(lines, at):
            flush()
            at, inside = _table(lines, at)
            found.append(_code_block(inside))
        else:
            if lines[at].strip():
                paragraph.append(_line(lines[at], hosts))
            else:
                flush()
            at += 1
    flush()
    return tuple(found)


def mrkdwn(markdown: str, hosts: Sequence[str] = ()) -> str:
    """A short Markdown text as one text in Slack's notation."""
    return "\n\n".join(
        piece.text if isinstance(piece, Paragraph) else f"{FENCE}\n{piece.text}\n{FENCE}"
        for piece in pieces(markdown, hosts)
    )


def _code(lines: list[str], at: int, fence: str) -> tuple[int, list[str]]:
    closing = re.compile(rf"^ {{0,3}}{re.escape(fence[0])}{{{len(fence)},}}\s*$")
    for end in range(at, len(lines)):
        if closing.match(lines[end]):
            return end + 1, lines[at:end]
    return len(lines), lines[at:]


def _code_block(lines: list[str]) -> CodeBlock:
    return CodeBlock(escape("\n".join(lines)).strip("\n") or " ")


def _starts_table(lines: list[str], at: int) -> bool:
    following = lines[at + 1] if at + 1 < len(lines) else ""
    if not 0 < lines[at].count("|") <= _COLUMNS or "|" not in following:
        return False
    return max(len(lines[at]), len(following)) <= _LONGEST and bool(_DELIMITER_ROW.match(following))


def _table(lines: list[str], at: int) -> tuple[int, list[str]]:
    end = at + 2
    while end < len(lines) and "|" in lines[end]:
        end += 1
    rows = [_cells(line) for line in (lines[at], *lines[at + 2 : end])]
    columns = len(rows[0])
    widths = [max(len(row[column]) if column < len(row) else 0 for row in rows) for column in range(columns)]

    def drawn(row: list[str]) -> str:
        padded = [*row, *[""] * columns][:columns]
        return "  ".join(cell.ljust(width) for cell, width in zip(padded, widths, strict=True)).rstrip()

    header, *body = map(drawn, rows)
    return end, [header, "  ".join("-" * width for width in widths), *body]


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    cells = re.split(r"(?<!\\)\|", inner, maxsplit=_COLUMNS)
    bare = (re.sub(r"\*\*|__|`", "", cell[:_LONGEST]).strip().replace("\\|", "|") for cell in cells)
    return [cell if len(cell) <= _COLUMN else cell[: _COLUMN - 1] + "…" for cell in bare]


def _line(line: str, hosts: Sequence[str]) -> str:
    if len(line) > _LONGEST:
        return "".join(_inline(part, hosts) for part in _parts(line))
    if _RULE.match(line):
        return "———"
    if heading := _HEADING.match(line):
        words = _inline(heading[1].replace("**", "").replace("__", ""), hosts)
        return f"*{words}*" if words else ""
    if bullet := _BULLET.match(line):
        indent = min(len(bullet[1].expandtabs(4)) // 2, 4)
        mark = {None: "◦" if indent else "•", " ": "☐"}.get(bullet[2], "☑")
        return f"{'    ' * indent}{mark} {_inline(bullet[3], hosts)}"
    if quote := _QUOTE.match(line):
        return f"> {_inline(quote[1], hosts)}"
    return _inline(line.rstrip(), hosts)


def _parts(line: str) -> Iterator[str]:
    """A very long line in parts that can be looked at as a whole; no link and no code span is cut in two."""
    at = 0
    while at < len(line):
        end = at + _LONGEST
        across = (atom.start() for atom in _ATOM.finditer(line, at, end + _LONGEST) if atom.start() < end < atom.end())
        end = next((start for start in across if start > at), end)
        yield line[at:end]
        at = end


def _inline(text: str, hosts: Sequence[str]) -> str:
    aside: list[str] = []

    def put_aside(atom: re.Match[str]) -> str:
        shown, rest = _atom(atom, hosts)
        aside.append(shown)
        return f"{_ATOM_START}{len(aside) - 1}{_ATOM_END}{rest}"

    text = escape(_ATOM.sub(put_aside, text))
    text = _BOTH.sub(f"{_BOLD_MARK}_\\1_{_BOLD_MARK}", text)
    text = _BOLD.sub(_bold, text)
    text = _ITALIC.sub(r"_\1_", text)
    text = _STRIKE.sub(r"~\1~", text).replace(_BOLD_MARK, "*")
    # two lone ticks beside a code span look like a fence
    return _PUT_ASIDE.sub(lambda mark: aside[int(mark[1])], text).replace(FENCE, "'''")


def _bold(found: re.Match[str]) -> str:
    """Bold, unless it is a Python name such as `__init__` inside a word."""
    if found[1] == "__" and found[2].isidentifier() and found[2].islower():
        return found[0]
    return f"{_BOLD_MARK}{found[2]}{_BOLD_MARK}"


def _atom(atom: re.Match[str], hosts: Sequence[str]) -> tuple[str, str]:
    """What the atom is shown as, and what of its text was not part of it."""
    if inside := atom["code"]:
        return f"`{escape(inside.strip().replace('`', chr(39)) or inside)}`", ""
    if target := atom["target"]:
        return _link(target, atom["label"], hosts), ""
    if target := atom["auto"]:
        return _link(target, atom["autolabel"] or "", hosts), ""
    if bare := atom["bare"]:
        target = bare.rstrip(".,;:!?)")
        return _link(target, "", hosts), bare[len(target) :]
    return escape(atom["escaped"]), ""


def _link(target: str, label: str, hosts: Sequence[str]) -> str:
    words = escape(label.replace("|", "¦").replace("*", "").replace("`", "").strip())
    if not may_be_linked(target, hosts):
        return f"{words} ({escape(target)})" if words and label != target else escape(target)
    return f"<{escape(target)}|{words}>" if words else f"<{escape(target)}>"


def may_be_linked(url: str, hosts: Sequence[str]) -> bool:
    """Whether `url` leads to one of `hosts`, each given as `host` (any port) or `host:port`."""
    if not is_web_address(url):
        return False
    parts = urlsplit(url)
    return parts.netloc.lower() in hosts or parts.hostname in hosts
