"""What docs/tools.md says of the tools is so, and its examples can be typed."""

import pytest

from tests.unit.house.tree import ROOT
from tools.catalogue import CATALOGUE
from tools.reference import SAMPLES, example, page
from tools.spec import Command, Tool
from worker.commands import parse

PAGE = (ROOT / "docs" / "tools.md").read_text("utf-8")


def test_the_page_is_that_of_the_code() -> None:
    assert page(CATALOGUE) == PAGE, f"run `python -m tools > docs/tools.md`, or put this there:\n{page(CATALOGUE)}"


@pytest.mark.parametrize("tool", CATALOGUE, ids=lambda tool: tool.name)
def test_an_example_is_a_call_of_its_tool_that_fits(tool: Tool) -> None:
    assert tool.command is not None
    parsed = parse(example(tool.command), CATALOGUE)
    assert parsed.tool is tool
    tool.arguments.model_validate(parsed.arguments)


@pytest.mark.parametrize("tool", CATALOGUE, ids=lambda tool: tool.name)
def test_the_page_tells_each_argument_and_describes_it(tool: Tool) -> None:
    section = PAGE.split(f"\n### {tool.name}\n")[1].split("\n### ")[0]
    assert [name for name in tool.arguments.model_fields if f"\n| `{name}` | " not in section] == []
    assert [name for name, field in tool.arguments.model_fields.items() if not field.description] == []


def test_an_example_fills_in_what_the_usage_names() -> None:
    command = Command("promote", "MODEL [ALIAS] [name=value …] STRANGE…", "…")
    assert example(command) == f"promote {SAMPLES['MODEL']} {SAMPLES['ALIAS']} strange max_depth=5"


def test_the_readme_points_to_it() -> None:
    assert "(docs/tools.md)" in (ROOT / "README.md").read_text("utf-8")
