"""Confusion matrices as people log them, read. Pure.

MLflow has no form of its own for them, so these are read, a row for each class as it is:
`{"labels": [...], "matrix": [[...]]}` and a bare `[[...]]`; what `log_table` writes (`{"columns", "data"}`), with a
column of classes and one for each class, or with three columns: what it is, what it was taken for, how often; a class
for each class (`{"cat": {"cat": 8, "dog": 2}}`); and CSV with the same two kinds of table.
"""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from tools.charts.confusion import Confusion
from tools.errors import BadArguments

LABELS = ("labels", "classes", "class_names", "names", "target_names")
MATRIX = ("matrix", "confusion_matrix", "confusion", "counts", "values", "cm")
_LONG = 3  #: columns of a table that has a row for each cell
_COUNTED = ("count", "counts", "n", "number", "cases", "value", "size", "support")
WANTED = (
    'Log it with `mlflow.log_dict({"labels": [...], "matrix": [[...]]}, "confusion_matrix.json")`, '
    "a row for each class as it is."
)


def read(name: str, content: bytes) -> Confusion:
    """The confusion matrix in a JSON or CSV file.

    Raises:
        BadArguments: There is none in it that can be read.
    """
    try:
        text = content.decode("utf-8-sig")
        if name.lower().endswith(".csv"):
            return _of_table(_rows(text))
        return _of(json.loads(text))
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise BadArguments(f"I cannot read a confusion matrix in {name}. {WANTED}") from error


def _of(value: Any) -> Confusion:
    if isinstance(value, list):
        return _of_table(value) if any(isinstance(cell, str) for cell in value[0]) else _unnamed(value)
    if "columns" in value and "data" in value:
        return _of_table([value["columns"], *value["data"]])
    matrix = next((value[key] for key in MATRIX if isinstance(value.get(key), list)), None)
    if matrix is not None:
        labels = next((value[key] for key in LABELS if isinstance(value.get(key), list)), None)
        return Confusion(_words(labels), _cells(matrix)) if labels else _unnamed(matrix)
    labels = list(dict.fromkeys([*value, *(taken for row in value.values() for taken in row)]))
    return Confusion(_words(labels), _cells([[value.get(one, {}).get(other, 0) for other in labels] for one in labels]))


def _of_table(rows: Sequence[Sequence[Any]]) -> Confusion:
    """A table with a heading: a row for each class, or a row for each cell."""
    if all(_is_number(cell) for cell in rows[0]):
        return _unnamed(rows)
    heading, body = rows[0], [row for row in rows[1:] if row]
    if _is_long(heading, body):
        return _of_cells(body)
    if len(heading) == len(body) + 1:
        order = _words(row[0] for row in body)
        taken = _words(heading[1:])
        return Confusion(order, _cells([[row[1 + taken.index(label)] for label in order] for row in body]))
    return Confusion(_words(heading), _cells(body))


def _is_long(heading: Sequence[Any], body: Sequence[Sequence[Any]]) -> bool:
    """Whether a table has a row for each cell: what it is, what it was taken for, how often."""
    if len(heading) != _LONG:
        return False
    named = str(heading[2]).strip().lower() in _COUNTED
    return named or (len(body) != _LONG - 1 and not any(_is_number(cell) for row in body for cell in row[:2]))


def _of_cells(body: Sequence[Sequence[Any]]) -> Confusion:
    labels = list(_words(dict.fromkeys([*(row[0] for row in body), *(row[1] for row in body)])))
    counts = {(str(row[0]), str(row[1])): row[2] for row in body}
    return Confusion(tuple(labels), _cells([[counts.get((one, other), 0) for other in labels] for one in labels]))


def _unnamed(matrix: Sequence[Sequence[Any]]) -> Confusion:
    return Confusion(tuple(str(place) for place in range(len(matrix))), _cells(matrix))


def _words(labels: Any) -> tuple[str, ...]:
    return tuple(str(label).strip() for label in labels)


def _cells(matrix: Sequence[Sequence[Any]]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(cell) for cell in row) for row in matrix)


def _is_number(cell: Any) -> bool:
    try:
        float(cell)
    except (TypeError, ValueError):
        return False
    return True


def _rows(text: str) -> list[list[str]]:
    return [row for row in csv.reader(io.StringIO(text)) if any(cell.strip() for cell in row)]
