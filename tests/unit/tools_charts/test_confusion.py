import json
import math

import pytest

from tests.unit.tools_charts.pictures import height_of
from tools.charts.confusion import Confusion, confusion
from tools.errors import BadArguments
from tools.mlflow.confusions import read

SOURCE = "from MLflow, run brave-fox of sentiment"
KIND = Confusion(("unkind", "kind"), ((243.0, 57.0), (30.0, 270.0)))


def test_a_matrix_is_drawn_with_what_is_right_and_what_is_taken_for_what() -> None:
    picture = confusion(KIND, source=SOURCE)
    height_of(picture)
    assert picture.title == "Confusion matrix (cases), from MLflow, run brave-fox of sentiment"
    assert picture.takeaway == (
        "513 of 600 are right (85.5%). Most often unkind was taken for kind (57 times, 19.0% of all unkind)."
    )
    assert picture.alt.endswith(
        "- unkind: right in 81.0% of 300\n- kind: right in 90.0% of 300\n"
        "- unkind was taken for kind (57 times, 19.0% of all unkind)\n"
        "- kind was taken for unkind (30 times, 10.0% of all kind)"
    )


def test_shares_are_told_as_shares() -> None:
    picture = confusion(Confusion(("a", "b"), ((0.8, 0.2), (0.1, 0.9))), source=SOURCE)
    assert picture.title.startswith("Confusion matrix (share)")
    assert picture.takeaway == (
        "On average over the classes 85.0% are right. Most often a was taken for b (20.0% of all a)."
    )


def test_nothing_wrong_is_said_so() -> None:
    picture = confusion(Confusion(("a", "b"), ((3.0, 0.0), (0.0, 0.0))), source=SOURCE)
    assert picture.takeaway == "3 of 3 are right (100.0%). Nothing was taken for anything else."


@pytest.mark.parametrize("size", [2, 10, 30])
def test_matrices_of_every_size_are_drawn(size: int) -> None:
    labels = tuple(f"$class {number} 漢字" for number in range(size))
    cells = tuple(tuple(float(one * other % 7) for other in range(size)) for one in range(1, size + 1))
    height_of(confusion(Confusion(labels, cells), source=SOURCE))


@pytest.mark.parametrize(
    ("matrix", "why"),
    [
        (Confusion(("a",), ((1.0,),)), "2 to 30 classes; this matrix has 1"),
        (Confusion(tuple(map(str, range(31))), ((1.0,) * 31,) * 31), "this matrix has 31"),
        (Confusion(("a", "b"), ((1.0, 2.0),)), "as many rows and columns as classes"),
        (Confusion(("a", "b"), ((1.0, 2.0), (1.0,))), "as many rows and columns as classes"),
        (Confusion(("a", "b"), ((1.0, -2.0), (1.0, 1.0))), "negative or not a number"),
        (Confusion(("a", "b"), ((1.0, math.inf), (1.0, 1.0))), "negative or not a number"),
        (Confusion(("a", "b"), ((0.0, 0.0), (0.0, 0.0))), "is empty"),
    ],
)
def test_what_is_no_confusion_matrix_is_refused(matrix: Confusion, why: str) -> None:
    with pytest.raises(BadArguments, match=why):
        confusion(matrix, source=SOURCE)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("c.json", {"labels": ["unkind", "kind"], "matrix": [[243, 57], [30, 270]]}),
        ("c.json", {"classes": ["unkind", "kind"], "confusion_matrix": [[243, 57], [30, 270]]}),
        ("c.json", {"unkind": {"unkind": 243, "kind": 57}, "kind": {"unkind": 30, "kind": 270}}),
        ("c.json", {"columns": ["is", "unkind", "kind"], "data": [["unkind", 243, 57], ["kind", 30, 270]]}),
        ("c.json", {"columns": ["unkind", "kind"], "data": [[243, 57], [30, 270]]}),
        (
            "c.json",
            {
                "columns": ["actual", "predicted", "count"],
                "data": [
                    ["unkind", "unkind", 243],
                    ["unkind", "kind", 57],
                    ["kind", "unkind", 30],
                    ["kind", "kind", 270],
                ],
            },
        ),
        ("c.csv", ",unkind,kind\nunkind,243,57\nkind,30,270\n"),
        ("c.csv", ",kind,unkind\nunkind,57,243\nkind,270,30\n"),
        ("c.csv", "is,taken,n\nunkind,unkind,243\nunkind,kind,57\nkind,unkind,30\nkind,kind,270\n"),
    ],
)
def test_the_forms_in_which_people_log_a_matrix_are_read(name: str, text: object) -> None:
    content = text if isinstance(text, str) else json.dumps(text)
    assert read(name, content.encode()) == KIND


@pytest.mark.parametrize(
    ("name", "text"), [("c.json", "[[243, 57], [30, 270]]"), ("c.json", '{"matrix": [[243, 57], [30, 270]]}')]
)
def test_classes_without_names_are_numbered(name: str, text: str) -> None:
    assert read(name, text.encode()) == Confusion(("0", "1"), KIND.cells)


def test_a_cell_that_a_long_table_leaves_out_is_nothing() -> None:
    content = b"actual,predicted,count\na,a,2\nb,b,3\n"
    assert read("c.csv", content) == Confusion(("a", "b"), ((2.0, 0.0), (0.0, 3.0)))


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b"7", b'"x"', b"\xff", b'{"a": 1}', b'{"matrix": [["x"]]}', b"[" * 9000]
)
@pytest.mark.parametrize("name", ["c.json", "c.csv"])
def test_what_cannot_be_read_is_refused_with_how_to_log_it(name: str, content: bytes) -> None:
    with pytest.raises(BadArguments, match=r"I cannot read|as many rows|2 to 30 classes"):
        confusion(read(name, content), source=SOURCE)
