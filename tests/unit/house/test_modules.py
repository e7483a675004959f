"""Rules for every module that no linter knows."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.unit.house.tree import PACKAGES, ROOT, imported, modules, parsed

LONGEST = 400

#: Where the environment may be read or written, and what for.
ENVIRONMENT = {
    Path("worker/wiring.py"): "sets what SDKs take from the environment alone, in one function",
    Path("demo/__main__.py"): "hands it to the command, which chooses what its children get",
    Path("tools/pipelines/pool/trainmaster_pull.py"): "runs on the work pool, inside a run",
    Path("tools/pipelines/pool/trainmaster_origin.py"): "runs on the work pool, inside a run",
}

#: Who else knows Slack's SDK, and what for.
SLACK_SDK = {
    Path("bot/app.py"): "Bolt wants a client, and gets one that knows where Slack is",
    Path("bot/slack_faults.py"): "the SDK's errors are told as ours",
}

#: Where whatever went wrong is caught, so that a person is told and the next one's turn comes.
CATCH_ALL = {
    Path("bot/courier.py"),
    Path("bot/serving.py"),
    Path("worker/agent/guard.py"),
    Path("worker/attend.py"),
    Path("worker/children.py"),
    Path("worker/sweeper.py"),
    Path("worker/watch.py"),
}


def test_every_module_can_be_read_in_one_sitting() -> None:
    lengths = {module: len((ROOT / module).read_text("utf-8").splitlines()) for module in modules(*PACKAGES)}
    assert {module: length for module, length in lengths.items() if length > LONGEST} == {}


def test_the_environment_is_touched_where_the_list_says_and_nowhere_else() -> None:
    found = {module for module in modules(*PACKAGES) if any(touches_environment(parsed(module)))}
    assert found == set(ENVIRONMENT)


def test_one_function_of_the_wiring_touches_the_environment() -> None:
    tree = parsed(Path("worker/wiring.py"))
    inside = {
        node.name: list(touches_environment(node)) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
    }
    assert [name for name, lines in inside.items() if lines] == ["export_environment"]
    assert list(touches_environment(tree)) == inside["export_environment"]


def test_settings_are_the_one_reader_of_the_environment_file() -> None:
    assert [m for m in modules(*PACKAGES) if "pydantic_settings" in imported(m)] == [Path("bot/settings.py")]


def test_everything_is_caught_at_the_edges_alone() -> None:
    assert {module for module in modules(*PACKAGES) if catches_everything(module)} <= CATCH_ALL


def test_views_import_what_is_pure_and_one_another() -> None:
    pure = {"collections.abc", "dataclasses", "datetime", "json", "math", "re", "typing", "urllib.parse"}
    for module in modules("bot/views"):
        others = {name for name in imported(module) if not name.startswith("bot.views")}
        assert others <= pure, module


def test_what_is_put_on_the_work_pool_needs_nothing_that_a_pool_may_lack() -> None:
    for module in modules("tools/pipelines/pool"):
        names = {name.split(".")[0] for name in imported(module)}
        assert names <= {*sys.stdlib_module_names, "mlflow"}, module


def test_one_module_puts_jobs_on_the_queues() -> None:
    makes_queues = {
        module
        for module in modules(*PACKAGES)
        if "rq" in set(imported(module))
        for node in ast.walk(parsed(module))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Queue"
    }
    assert makes_queues == {Path("bot/queue.py")}


def test_one_module_calls_slack_and_one_part_of_it() -> None:
    knowing = {m for m in modules(*PACKAGES) if any(name.startswith("slack_sdk") for name in imported(m))}
    assert knowing - SLACK_SDK.keys() == {Path("bot/slack.py"), Path("bot/web_calls.py")}
    assert [m for m in modules(*PACKAGES) if "bot.web_calls" in imported(m)] == [
        Path("bot/people.py"),
        Path("bot/slack.py"),
    ]


def touches_environment(tree: ast.AST) -> Iterator[int]:
    """The lines on which `os.environ` or `os.getenv` is used, or one of them imported."""
    names = {"environ", "environb", "getenv", "putenv"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
            if node.attr in names:
                yield node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module == "os" and names & {alias.name for alias in node.names}:
            yield node.lineno


def catches_everything(module: Path) -> bool:
    """Whether some handler of a module catches every exception."""
    handlers = [node.type for node in ast.walk(parsed(module)) if isinstance(node, ast.ExceptHandler)]
    return any(
        caught is None or (isinstance(caught, ast.Name) and caught.id in {"Exception", "BaseException"})
        for caught in handlers
    )
