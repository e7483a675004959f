"""The sheet that charts are drawn on: how large, in which colours, and how foreign words are written on it.

Slack shows a picture in a thread about 360 pixels wide, and up to 720 on a good screen: type is as large on the sheet
as it has to be there. Matplotlib is loaded at the first drawing, and draws one sheet at a time.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

from tools.prefect import wording

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI = 250
WIDTH = 4.8  #: of every sheet, in inches
PAD, UNDER_TITLE = 0.08, 0.2  #: around everything, and from a title's top to what is under it, in inches
TITLE, LABEL, SMALL = 12, 10, 9  #: sizes of type, in points
LONGEST_NAME = 40
#: What Slack takes as the alternative text of a file.
LONGEST_ALT = 1_000
#: Beyond this, a scale's margins are no numbers any more.
LARGEST = 1e300

#: Okabe and Ito's palette, without its yellow, which is faint on white; told apart in any kind of colour blindness.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000")
GREY, GRID = "#555555", "#DDDDDD"
_DRAWING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, and what somebody who does not see it should know.

    Attributes:
        png: The picture.
        title: What it shows, and where that is from.
        takeaway: What to read from it, in a sentence or two.
        alt: The same as the picture in words; at most `LONGEST_ALT` characters.
    """

    png: bytes
    title: str
    takeaway: str
    alt: str


def drawn(height: float, draw: "Callable[[Figure], None]") -> bytes:
    """A sheet of this height, in inches, as PNG.

    Args:
        height: How high it is.
        draw: Puts everything on it.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - takes a second, and few calls draw
    from matplotlib.figure import Figure  # noqa: PLC0415 - the same
    from matplotlib.layout_engine import ConstrainedLayoutEngine  # noqa: PLC0415 - the same

    with _DRAWING:
        sheet = Figure(figsize=(WIDTH, height), dpi=DPI, layout=ConstrainedLayoutEngine(h_pad=PAD, w_pad=PAD))
        FigureCanvasAgg(sheet)
        draw(sheet)
        png = BytesIO()
        sheet.savefig(png, format="png", metadata={"Software": None})
    return png.getvalue()


def headed(sheet: "Figure", title: str, source: str) -> None:
    """Write the title, and under it where the figures are from."""
    # A dollar sign in a name is no formula.
    heading = f"{written(title, 52)}\n"  # the second line leaves room for the source
    sheet.suptitle(heading, x=0.02, ha="left", fontsize=TITLE, fontweight="bold", linespacing=0.9, parse_math=False)
    below = 1 - (PAD + UNDER_TITLE) / sheet.get_figheight()
    sheet.text(0.02, below, written(source, 68), fontsize=SMALL, color=GREY, va="top", parse_math=False)


def tidy(axes: "Axes") -> None:
    """A light frame, and type that can be read."""
    axes.tick_params(labelsize=SMALL)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def written(text: str, longest: int = LONGEST_NAME) -> str:
    """Foreign words as they can stand on a sheet: on one line, cut, with `?` for what its type does not have."""
    known = _letters()
    return "".join(letter if ord(letter) in known else "?" for letter in wording.shortened(text, longest))


def listed(lines: list[str], *, title: str) -> str:
    """Lines under a title, as many as fit an alternative text; the others are counted."""
    text = f"{wording.shortened(title, 400)}:"
    for place, line in enumerate(lines):
        more = f"\n- and {len(lines) - place} more"
        if len(text) + len(line) + len("\n- ") + len(more) > LONGEST_ALT:
            return text + more
        text += f"\n- {line}"
    return text


@cache
def _letters() -> frozenset[int]:
    from matplotlib import font_manager  # noqa: PLC0415 - takes a second, and few calls draw

    found = font_manager.findfont(font_manager.FontProperties())
    return frozenset(font_manager.get_font(found).get_charmap())
