"""Nothing in the repository names one machine's folders, or the place its packages came from."""

import re
from pathlib import Path

import pytest

from tests.unit.house.tree import texts

#: What must not be there, and why.
UNWANTED = {
    r"(?i)\bpypi\b|/simple\b(?=[/\"'\s])|--(extra-)?index-url|\[\[index\]\]|UV_INDEX": "package registry",
    r"(?<![\w.])/(root|work|Users)/\w": "folder of one machine",
    r"(?i)xox[bp]-\d{6,}|xapp-\d-\w+-\d{6,}|AIza[\w-]{20,}|-----BEGIN [A-Z ]*PRIVATE KEY": "credential",
    r"\b(TODO|FIXME|XXX)\b": "wish without an owner",
}
ABOUT_CREDENTIALS = ("tests/unit/tools_pipelines/", "tests/unit/house/")


@pytest.mark.parametrize("pattern", UNWANTED, ids=UNWANTED.values())
def test_the_repository_holds_no(pattern: str) -> None:
    found = [
        f"{file}:{text[: match.start()].count(chr(10)) + 1}: {match.group()}"
        for file, text in texts()
        if not str(file).startswith(ABOUT_CREDENTIALS)
        for match in re.finditer(pattern, text)
    ]
    assert found == []


def test_the_search_sees_files_in_every_part_of_the_repository() -> None:
    parts = {file.parts[0] for file, _ in texts()}
    assert {
        ".ci",
        ".env.example",
        "Makefile",
        "README.md",
        "bot",
        "demo",
        "docs",
        "tests",
        "tools",
        "worker",
    } <= parts
    assert Path("bot/app.py") in {file for file, _ in texts()}
