import time

from tests.unit.tools_pipelines.pipeline_sources import flow_of
from tools.pipelines.diff import ParameterChange, changed_parameters, source_diff

OLD = b"a\nb\nc\nd\ne\nf\ng\nh\ni\n"


def test_a_diff_counts_lines_and_shows_them_with_what_is_around() -> None:
    found = source_diff(OLD, b"a\nb\nc\nd\nE\nE2\nf\ng\nh\ni\nj\n")
    assert (found.added, found.removed, found.left_out) == (3, 1, 0)
    assert found.text.split("\n") == ["…", " c", " d", "-e", "+E", "+E2", " f", " g", " h", " i", "+j"]


def test_the_same_source_has_no_difference() -> None:
    found = source_diff(OLD, OLD)
    assert (found.added, found.removed, found.text, found.left_out) == (0, 0, "", 0)


def test_other_line_ends_and_a_missing_last_one_are_no_difference() -> None:
    assert source_diff(b"a\nb\n", b"a\r\nb").text == ""


def test_from_nothing_and_to_nothing() -> None:
    assert source_diff(b"", b"a\nb\n").added == 2
    assert source_diff(b"a\nb\n", b"").removed == 2


def test_a_long_diff_is_cut_and_says_by_how_much() -> None:
    found = source_diff(b"", b"x\n" * 500, max_lines=60)
    assert found.added == 500
    assert len(found.text.split("\n")) == 60
    assert found.left_out == 440


def test_a_long_line_is_cut() -> None:
    assert len(source_diff(b"", b"x" * 100_000).text) < 300


def test_a_credential_never_shows_in_a_diff_and_its_change_still_counts() -> None:
    found = source_diff(b"password = 'hunter2'\n", b"password = 'correct-horse'\n")
    assert (found.added, found.removed) == (1, 1)
    assert "hunter2" not in found.text
    assert "correct" not in found.text
    assert found.text.count("[hidden]") == 2


def test_sources_that_have_nothing_in_common_are_compared_in_seconds() -> None:
    old = "".join(f"x = {number % 99}\n" for number in range(100_000)).encode()
    new = "".join(f"x = {number * 7 % 101}\n" for number in range(100_000)).encode()
    small_old, small_new = old[:16_000], new[:16_000]
    started = time.process_time()
    assert source_diff(old, new).added > 0
    assert source_diff(small_old, small_new).added > 0
    assert time.process_time() - started < 20


def schema(signature: str) -> dict[str, object]:
    return flow_of(
        "from prefect import flow\nfrom typing import Literal\nfrom pydantic import BaseModel\n"
        f"class M(BaseModel):\n    a: int = 1\n@flow\ndef f({signature}): ...\n"
    ).parameter_schema


def test_changed_parameters_are_told_by_name_with_before_and_after() -> None:
    found = changed_parameters(
        schema("a: int, b: int = 5, c: str = 'x', d: float = 0.1, m: M = None"),
        schema("a: int, b: int = 8, d: str | None = None, e: Literal['x', 'y'] = 'x', m: M = None"),
    )
    assert found.any
    assert found.added == ("e",)
    assert found.removed == ("c",)
    assert found.changed == (
        ParameterChange(name="b", before="integer, default 5", after="integer, default 8"),
        ParameterChange(name="d", before="number, default 0.1", after="text or nothing, default null"),
    )
    assert found.newly_required == ()


def test_a_parameter_that_must_now_be_given_is_named() -> None:
    found = changed_parameters(schema("a: int = 1"), schema("a: int, b: list[int]"))
    assert found.newly_required == ("a", "b")
    assert found.changed == (ParameterChange(name="a", before="integer, default 1", after="integer, required"),)


def test_order_and_descriptions_are_no_change() -> None:
    assert not changed_parameters(schema("a: int = 1, b: str = 'x'"), schema("b: str = 'x', a: int = 1")).any


def test_a_model_whose_fields_change_is_a_change() -> None:
    before = schema("m: M")
    after = {**before, "definitions": {"M": {"type": "object", "properties": {}}}}
    assert [one.name for one in changed_parameters(before, after).changed] == ["m"]
