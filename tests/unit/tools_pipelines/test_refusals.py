"""Every refusal says the line where there is one, the reason, and the remedy."""

import io
import zipfile

import pytest

from tests.unit.tools_pipelines.pipeline_sources import WITH_FLOW
from tools.errors import BadArguments
from tools.pipelines.models import PipelineReading
from tools.pipelines.reading import Unreadable, read


def refusal(source: bytes, filename: str = "churn.py", *, max_bytes: int = 1_000_000) -> Unreadable:
    with pytest.raises(Unreadable) as refused:
        read(source, filename, max_bytes=max_bytes)
    error = refused.value
    assert isinstance(error, BadArguments)
    assert error.reason in str(error)
    assert error.remedy in str(error)
    assert error.reason.endswith(".")
    assert error.remedy.endswith(".")
    if error.line is not None:
        assert str(error).startswith(f"Line {error.line}: ")
    return error


def taken(source: bytes, filename: str = "churn.py") -> PipelineReading:
    return read(source, filename)


@pytest.mark.parametrize("source", [b"", b"  \n\t\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf \n"])
def test_an_empty_file_is_refused(source: bytes) -> None:
    assert "save it" in refusal(source).remedy.lower()


def test_a_file_that_is_too_large_is_refused_with_both_sizes() -> None:
    error = refusal(b"#" * 5_000_000)
    assert "5,000,000" in error.reason
    assert "1,000,000" in error.reason


def test_a_file_of_exactly_the_limit_is_taken() -> None:
    source = WITH_FLOW.encode()
    assert read(source, "churn.py", max_bytes=len(source)).size == len(source)
    refusal(source, max_bytes=len(source) - 1)


@pytest.mark.parametrize("filename", ["churn.ipynb", "churn", "churn.PY", "churn.py.exe", ""])
def test_a_file_of_another_name_is_refused(filename: str) -> None:
    assert ".py" in refusal(WITH_FLOW.encode(), filename).reason


def test_a_latin_1_file_is_refused_with_line_and_byte() -> None:
    error = refusal("# eins\n# zwei\n# Käse\n".encode("latin-1") + WITH_FLOW.encode())
    assert error.line == 3
    assert "0xE4" in error.reason
    assert "UTF-8" in error.remedy


def test_the_line_of_a_wrong_byte_is_right_behind_a_byte_order_mark() -> None:
    assert refusal(b"\xef\xbb\xbf# a\n# b\n\xe9").line == 3


def test_a_byte_order_mark_is_accepted() -> None:
    assert taken(b"\xef\xbb\xbf" + WITH_FLOW.encode()).flows[0].line == 3


def test_a_file_with_a_null_byte_is_refused_with_its_line() -> None:
    error = refusal(WITH_FLOW.encode() + b"x = 'a\0b'\n")
    assert error.line == 4
    assert "null byte" in error.reason


def test_utf_16_is_named_as_such() -> None:
    assert "UTF-16" in refusal(WITH_FLOW.encode("utf-16")).reason


def test_a_binary_renamed_to_py_is_refused_by_what_it_is() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("churn.py", WITH_FLOW)
    assert "ZIP" in refusal(archive.getvalue()).reason
    assert "PNG" in refusal(b"\x89PNG\r\n\x1a\n" + bytes(range(256))).reason
    refusal(bytes(range(256)) * 40)


@pytest.mark.parametrize("line", ["# -*- coding: latin-1 -*-", "# coding: utf-7", "#!/usr/bin/python\n# coding=rot13"])
def test_a_declared_encoding_by_which_python_would_read_other_code_is_refused(line: str) -> None:
    assert "UTF-8" in refusal(f"{line}\n{WITH_FLOW}".encode()).remedy


def test_a_declaration_of_utf_8_is_taken() -> None:
    assert taken(f"# -*- coding: utf-8 -*-\n{WITH_FLOW}".encode()).flows


def test_a_syntax_error_is_refused_with_its_line_and_what_python_says() -> None:
    error = refusal(b"from prefect import flow\n\n@flow\ndef f(:\n    pass\n")
    assert error.line == 4
    assert "invalid syntax" in error.reason


def test_an_unclosed_bracket_says_to_close_it() -> None:
    error = refusal(b"x = (1,\n" + WITH_FLOW.encode())
    assert error.line == 1
    assert "Close it" in error.remedy


def test_wrong_indentation_says_so() -> None:
    error = refusal(b"def f():\npass\n")
    assert error.line == 2
    assert "indentation" in error.remedy


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "(" * 3000 + "1" + ")" * 3000,
        "x = " + "[" * 3000 + "]" * 3000,
        "x = " + "-" * 3000 + "1",
        "x = " + "not " * 100_000 + "1",
        "x = " + "+".join(["1"] * 100_000),
        "from prefect import flow\n@flow\ndef f():\n    a" + "()" * 2500,
        "\n".join(" " * depth + "if 1:" for depth in range(300)),
    ],
)
def test_nesting_that_no_parser_holds_is_refused_and_does_not_crash(text: str) -> None:
    refusal(f"{text}\n".encode())


@pytest.mark.parametrize(
    "text",
    [
        "x = a" + ".b" * 2500,
        "x = a" + "()" * 2000,
        "x = " + "lambda: " * 2000 + "1",
        "if a: b\n" + "elif a: b\n" * 1000,
    ],
)
def test_deep_nesting_that_the_parser_holds_is_read(text: str) -> None:
    assert taken(f"{text}\n{WITH_FLOW}".encode()).flows


def test_a_file_without_a_flow_says_what_to_add() -> None:
    error = refusal(b"def unrelated():\n    return 1\n")
    assert "@flow" in error.remedy
    assert "from prefect import flow" in error.remedy
    assert error.line is None


def test_a_function_called_main_is_pointed_at() -> None:
    error = refusal(b"import os\n\n\ndef main():\n    return 1\n")
    assert error.line == 4
    assert "main()" in error.remedy


@pytest.mark.parametrize("decorator", ["@flow", "@flow(name='x')", "@metaflow.flow", "@dag"])
def test_a_decorator_that_looks_like_flow_is_pointed_at(decorator: str) -> None:
    error = refusal(f"import metaflow\n\n{decorator}\ndef churn():\n    pass\n".encode())
    assert error.line == 3
    assert "from prefect import flow" in error.remedy


def test_tasks_without_a_flow_are_pointed_at() -> None:
    error = refusal(b"from prefect import task\n@task\ndef load(): ...\n")
    assert "tasks but no flow" in error.reason


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("class Jobs:\n    @flow\n    def churn(self): ...\n", "the class Jobs"),
        ("def make():\n    @flow\n    def churn(): ...\n    return churn\n", "the function make"),
        ("if __name__ == '__main__':\n    @flow\n    def churn(): ...\n", "block"),
    ],
)
def test_a_flow_that_prefect_cannot_start_is_refused_with_its_line(text: str, where: str) -> None:
    error = refusal(f"from prefect import flow\n{text}".encode())
    assert error.line == 4
    assert where in error.reason
    assert "top level" in error.remedy


@pytest.mark.parametrize("options", ["name=f'churn-{x}'", "name=NAME()", "**OPTIONS"])
def test_a_name_that_is_computed_is_refused(options: str) -> None:
    error = refusal(f"from prefect import flow\n@flow({options})\ndef churn(): ...\n".encode())
    assert error.line == 3
    assert "computed" in error.reason


def test_a_name_that_prefect_refuses_is_refused() -> None:
    assert refusal(b"from prefect import flow\n@flow(name='churn/eu')\ndef churn(): ...\n").line == 3


def test_a_file_of_thousands_of_flows_is_refused() -> None:
    text = "from prefect import flow\n" + "".join(f"@flow\ndef f{n}(): ...\n" for n in range(2000))
    assert "2000 flows" in refusal(text.encode()).reason
