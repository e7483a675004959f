"""A job is handed over by its dotted name: each name resolves, and takes what is enqueued."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest

from bot import queue
from tests.unit.house.tree import parsed

PREFIX = "worker."


def names() -> dict[str, str]:
    """The job names, by the constant that holds each."""
    return {
        constant: value
        for constant, value in vars(queue).items()
        if constant.isupper() and isinstance(value, str) and value.startswith(PREFIX)
    }


def enqueued() -> list[tuple[str, int, set[str]]]:
    """Of each `enqueue` in the source: the constant, how many arguments follow it, and the names of its keywords."""
    calls = [
        node
        for node in ast.walk(parsed(Path("bot/queue.py")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr.startswith("enqueue")
    ]
    return [
        (ast.unparse(call.args[0]), len(call.args) - 1, {keyword.arg or "**" for keyword in call.keywords})
        for call in calls
    ]


def test_every_job_is_enqueued_by_a_constant_and_every_constant_is_enqueued() -> None:
    assert {constant for constant, _, _ in enqueued()} == set(names())
    assert names()


@pytest.mark.parametrize(("constant", "positional", "keywords"), enqueued())
def test_the_function_behind_a_job_takes_what_is_enqueued(constant: str, positional: int, keywords: set[str]) -> None:
    module, function = names()[constant].rsplit(".", 1)
    signature = inspect.signature(getattr(importlib.import_module(module), function))
    signature.bind(*range(positional))
    assert keywords <= {"job_timeout", "result_ttl", "failure_ttl", "ttl", "job_id", "retry", "at_front"}


@pytest.mark.parametrize("name", names().values())
def test_a_job_takes_only_what_json_can_carry(name: str) -> None:
    module, function = name.rsplit(".", 1)
    parameters = inspect.signature(getattr(importlib.import_module(module), function)).parameters.values()
    assert {parameter.annotation for parameter in parameters} <= {str, int, float, bool}
