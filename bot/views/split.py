"""A long answer, cut into messages where a reader would cut it: between paragraphs, never inside a fence."""

from collections.abc import Iterator, Sequence

from bot.views.limits import BLOCKS, MESSAGE, SECTION, size
from bot.views.markdown import CodeBlock, Piece
from bot.views.text import FENCE, cut

_INSIDE_FENCES = SECTION - 2 * len(FENCE) - 2
_RESERVED_BLOCKS = 6  # for the marks "continued", the notice of what was left out, and the footer


def sections(found: Sequence[Piece]) -> list[str]:
    """The pieces as texts of at most 3,000 characters, each with its fences balanced."""
    packed: list[str] = []
    for text in (part for piece in found for part in _parts(piece)):
        if packed and size(packed[-1]) + size(text) + 2 <= SECTION:
            packed[-1] = f"{packed[-1]}\n\n{text}" if not text.startswith(FENCE) else f"{packed[-1]}\n{text}"
        else:
            packed.append(text)
    return packed


def messages(texts: Sequence[str]) -> list[list[str]]:
    """Sections grouped into messages of at most 11,000 characters and 44 sections."""
    groups: list[list[str]] = [[]]
    used = 0
    for text in texts:
        if groups[-1] and (used + size(text) > MESSAGE or len(groups[-1]) >= BLOCKS - _RESERVED_BLOCKS):
            groups.append([])
            used = 0
        groups[-1].append(text)
        used += size(text)
    return groups


def _parts(piece: Piece) -> Iterator[str]:
    if isinstance(piece, CodeBlock):
        for part in _cut_up(piece.text, _INSIDE_FENCES):
            yield f"{FENCE}\n{part}\n{FENCE}"
    else:
        yield from _cut_up(piece.text, SECTION)


def _cut_up(text: str, limit: int) -> Iterator[str]:
    while len(text) > limit or size(text) > limit:  # the first is quick, and mostly true
        place = cut(text, limit)
        for border in ("\n", ". ", " "):
            if (found := text.rfind(border, place // 2, place)) > 0:
                place = found + len(border)
                break
        place = cut(text, place) if place < len(text) else place
        yield text[:place].rstrip() or " "
        text = text[place:].lstrip("\n")
    if text.strip():
        yield text
