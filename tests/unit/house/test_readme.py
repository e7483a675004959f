"""What the README says is so: the settings, the commands, the picture, and how it is tested."""

import re
import shlex
from functools import cache

import pytest
from pydantic_core import PydanticUndefined

from bot.settings import Settings
from tests.unit.house.tree import ROOT, python

README = (ROOT / "README.md").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
BEGIN, END = "<!-- settings -->\n", "<!-- /settings -->"
LONGEST = 150


def settings_table() -> str:
    """The table as `Settings` has it; a failing test prints it, ready to be pasted."""
    lines = ["| variable | default | what it is |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "**needed**" if field.default is PydanticUndefined else shown(field.default)
        lines.append(f"| `{name.upper()}` | {f'{default} ' if default else ''}| {field.description} |")
    return "\n".join(lines) + "\n"


def shown(default: object) -> str:
    return "" if default in {None, ""} else f"`{str(default).lower() if isinstance(default, bool) else default}`"


def commands(program: str) -> list[str]:
    """The commands of a program that the README names, without comments and the words around them."""
    code = [*re.findall(r"```sh\n(.*?)```", README, re.DOTALL), *re.findall(r"`([^`\n]+)`", README)]
    lines = [re.split(r"\s+#|&&|\||;", line)[0].strip() for block in code for line in block.splitlines()]
    return sorted({line[line.index(program) :] for line in lines if re.search(rf"(^|[\s/]){program} \w", line)})


@cache
def usage(module: str) -> str:
    """What `python -m MODULE --help` says."""
    return python(
        f"import runpy, sys; sys.argv = ['{module}', '--help']; runpy.run_module('{module}', None, '__main__')"
    )


def test_the_table_of_settings_is_that_of_the_code() -> None:
    table = README.split(BEGIN)[1].split(END)[0]
    assert table == settings_table(), f"put this between the marks:\n{settings_table()}"


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_it_is_short_enough_to_be_read() -> None:
    assert len(README.splitlines()) <= LONGEST


@pytest.mark.parametrize("command", commands("make"))
def test_what_it_says_to_make_can_be_made(command: str) -> None:
    targets = set(re.findall(r"^([a-z]+):.*## ", MAKEFILE, re.MULTILINE))
    words = [word for word in shlex.split(command)[1:] if "=" not in word]
    assert set(words) <= targets


def test_every_target_says_what_it_is_for() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert phony is not None
    assert set(phony[1].split()) == set(re.findall(r"^([a-z]+):.*## \w", MAKEFILE, re.MULTILINE))


@pytest.mark.parametrize("command", commands("python -m"))
def test_what_it_says_to_run_is_understood(command: str) -> None:
    module, *words = shlex.split(command)[2:]
    plain = [word for word in words if re.fullmatch(r"[a-z-]+", word) and word not in {"onboarding", "failure"}]
    assert [word for word in plain if word not in usage(module)] == []


def test_every_process_of_the_procfile_is_named() -> None:
    procfile = (ROOT / "Procfile").read_text("utf-8")
    run = re.findall(r"^\w+: (python -m .+)$", procfile, re.MULTILINE)
    assert run
    assert [command for command in run if f"`{command}`" not in README] == []


def test_every_file_it_points_to_is_there() -> None:
    targets = re.findall(r"\]\(([^)\s:#]+)\)", README)
    assert "docs/onboarding.png" in targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_the_machine_runs_what_people_are_told_to_run() -> None:
    section = README.split("## Test")[1].split("\n## ")[0]
    [told] = re.findall(r"^(make test\b.*?)(?:\s+#.*)?$", section, re.MULTILINE)
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert f"\n{told} </dev/null\n" in script
    assert "\nmake check </dev/null\n" in script
