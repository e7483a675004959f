"""What a classifier takes for what: a confusion matrix."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.charts import sheet
from tools.charts.sheet import LABEL, SMALL, Picture, written
from tools.errors import BadArguments
from tools.prefect import wording

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FEWEST, MOST = 2, 30
WRITTEN = 10  #: classes up to which every cell says its figure
_WITH_SHARE = 5  #: classes up to which it says its share of the row, too
HEIGHT, DARK = 4.4, 0.65  #: of the sheet, in inches; of a cell's shade, from which figures on it are white
LABEL_LETTERS, CONFUSIONS = 14, 12


@dataclass(frozen=True, slots=True)
class Confusion:
    """A confusion matrix.

    Attributes:
        labels: The classes.
        cells: A row for each class as it is, with a figure for each class that it was taken for.
    """

    labels: tuple[str, ...]
    cells: tuple[tuple[float, ...], ...]

    @property
    def counts(self) -> bool:
        """Whether the cells are counts, and not shares."""
        return all(value == int(value) for row in self.cells for value in row)

    def share(self, row: int, column: int) -> float:
        """What share of a row a cell is; 0 in an empty row."""
        return self.cells[row][column] / (sum(self.cells[row]) or 1.0)


def confusion(matrix: Confusion, *, source: str) -> Picture:
    """A matrix of 2 to `MOST` classes, a row for each class as it is, shaded by the share of its row.

    Args:
        matrix: The matrix.
        source: Where the figures are from.

    Raises:
        BadArguments: It is no confusion matrix, or too large for one chart.
    """
    _check(matrix)
    unit = "cases" if matrix.counts else "share"
    title = f"Confusion matrix ({unit})"

    def draw(on: "Figure") -> None:
        _draw(on.add_subplot(), matrix)
        sheet.headed(on, title, source)

    return Picture(
        png=sheet.drawn(HEIGHT, draw),
        title=f"{title}, {source}",
        takeaway=_takeaway(matrix),
        alt=sheet.listed(_told(matrix), title=f"{title}, {source}. {_takeaway(matrix)} What was taken for what"),
    )


def _check(matrix: Confusion) -> None:
    size = len(matrix.labels)
    if size != len(matrix.cells) or any(len(row) != size for row in matrix.cells):
        raise BadArguments("That is no confusion matrix: it does not have as many rows and columns as classes.")
    if not FEWEST <= size <= MOST:
        raise BadArguments(f"A chart shows {FEWEST} to {MOST} classes; this matrix has {size}.")
    if any(not math.isfinite(value) or value < 0 for row in matrix.cells for value in row):
        raise BadArguments("That is no confusion matrix: one of its figures is negative or not a number.")
    if not any(value for row in matrix.cells for value in row):
        raise BadArguments("The confusion matrix is empty: all of its figures are 0.")


def _takeaway(matrix: Confusion) -> str:
    right = sum(row[place] for place, row in enumerate(matrix.cells))
    whole = sum(map(sum, matrix.cells))
    said = f"{right:,.0f} of {whole:,.0f} are right ({right / whole:.1%})." if matrix.counts else _mean(matrix)
    wrong = _confusions(matrix)
    if not wrong:
        return f"{said} Nothing was taken for anything else."
    return f"{said} Most often {_confused(matrix, *wrong[0])}."


def _mean(matrix: Confusion) -> str:
    rows = [place for place, row in enumerate(matrix.cells) if sum(row)]
    return f"On average over the classes {sum(matrix.share(row, row) for row in rows) / len(rows):.1%} are right."


def _confusions(matrix: Confusion) -> list[tuple[int, int]]:
    """What was taken for something else, most first."""
    size = range(len(matrix.labels))
    wrong = [(row, column) for row in size for column in size if row != column and matrix.cells[row][column]]
    return sorted(wrong, key=lambda cell: -matrix.cells[cell[0]][cell[1]])


def _confused(matrix: Confusion, row: int, column: int) -> str:
    real, taken = (wording.shortened(matrix.labels[place], sheet.LONGEST_NAME) for place in (row, column))
    share = f"{matrix.share(row, column):.1%} of all {real}"
    often = matrix.cells[row][column]
    times = ("once, " if often == 1 else f"{often:,.0f} times, ") if matrix.counts else ""
    return f"{real} was taken for {taken} ({times}{share})"


def _told(matrix: Confusion) -> list[str]:
    rows = [
        f"{wording.shortened(label, sheet.LONGEST_NAME)}: right in {matrix.share(place, place):.1%}"
        + (f" of {sum(matrix.cells[place]):,.0f}" if matrix.counts else "")
        for place, label in enumerate(matrix.labels)
    ]
    return rows + [_confused(matrix, *cell) for cell in _confusions(matrix)[:CONFUSIONS]]


def _draw(axes: "Axes", matrix: Confusion) -> None:
    size = range(len(matrix.labels))
    shares = [[matrix.share(row, column) for column in size] for row in size]
    axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0, aspect="auto")
    for row in size if len(size) <= WRITTEN else ():
        for column in size:
            colour = "white" if shares[row][column] > DARK else "black"
            axes.text(column, row, _cell(matrix, row, column), ha="center", va="center", color=colour, fontsize=SMALL)
    sloping = len(size) > 3 or any(len(label) > 2 * LABEL_LETTERS // 3 for label in matrix.labels)  # noqa: PLR2004 - wider labels would meet
    names = [written(label, LABEL_LETTERS) for label in matrix.labels]
    turn, end = (40, "right") if sloping else (0, "center")
    axes.set_xticks(size, names, rotation=turn, ha=end, parse_math=False)
    axes.set_yticks(size, names, parse_math=False)
    axes.tick_params(labelsize=SMALL if len(size) <= WRITTEN else SMALL * WRITTEN / len(size) + 2, length=0)
    axes.set_xlabel("taken for", fontsize=LABEL)
    axes.set_ylabel("is", fontsize=LABEL)
    axes.spines[:].set_visible(False)


def _cell(matrix: Confusion, row: int, column: int) -> str:
    value = matrix.cells[row][column]
    if not matrix.counts:
        return f"{value:.2f}"
    share = f"\n{matrix.share(row, column):.0%}" if len(matrix.labels) <= _WITH_SHARE else ""
    return f"{value:,.0f}{share}"
