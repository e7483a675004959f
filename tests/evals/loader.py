"""The case files, read strictly: what nobody understands is an error that says where it stands."""

import tomllib
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from bot.policy_lines import Lines
from tests.evals.case import Case, CaseFile
from tests.evals.scene import Scene, Strict

FOLDER = Path(__file__).parent
CATEGORIES = (
    "onboarding",
    "running",
    "diagnosis",
    "experiments",
    "registry",
    "deployment",
    "approvals",
    "ambiguity",
    "missing-information",
    "impossible-requests",
    "thread-conduct",
    "faults",
    "injection",
    "long-conversations",
)
_TOP = ("cases",)

Read = TypeVar("Read", bound=Strict)


class BadCases(Exception):
    """Case files make no sense; each line names a file, a line, a case and what is wrong."""


def load(folder: Path = FOLDER) -> tuple[Case, ...]:
    """Every case, in the order of the categories.

    Raises:
        BadCases: Something in a file is not understood.
    """
    faults: list[str] = []
    found: list[Case] = []
    files = sorted((folder / "cases").glob("*.toml"), key=lambda file: _place(file.stem))
    for file in files:
        if file.stem not in CATEGORIES:
            faults.append(f"{file.name}: there is no such category; there are {', '.join(CATEGORIES)}")
            continue
        try:
            cases = _read(file, CaseFile).cases
        except BadCases as bad:
            faults.append(str(bad))
            continue
        faults += _missing(cases, file, folder)
        found += [case.model_copy(update={"category": file.stem}) for case in cases]
    names = [case.name for case in found]
    faults += [f"two cases are called {name}" for name in sorted({one for one in names if names.count(one) > 1})]
    if faults:
        raise BadCases("\n".join(faults))
    return tuple(found)


def chosen(cases: Iterable[Case], only: str) -> tuple[Case, ...]:
    """The cases whose name or category fits one of the patterns, which commas part; all without one."""
    patterns = [one.strip() for one in only.split(",") if one.strip()]
    return tuple(
        case
        for case in cases
        if not patterns or any(fnmatchcase(name, one) for one in patterns for name in (case.name, case.category))
    )


def scene(name: str, folder: Path = FOLDER) -> Scene:
    """The scene of this name.

    Raises:
        BadCases: It is not there, or not understood.
    """
    file = folder / "scenes" / f"{name}.toml"
    if not file.exists():
        raise BadCases(f"{file.name}: there is no such scene")
    return _read(file, Scene)


def shared_file(name: str, folder: Path = FOLDER) -> Path:
    """Where a file lies that people share."""
    return folder / "files" / f"{name}.txt"


def _read(file: Path, kind: type[Read]) -> Read:
    text = file.read_text("utf-8")
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise BadCases(f"{file.name}: {exc}") from None
    try:
        return kind.model_validate(tables)
    except ValidationError as exc:
        lines = Lines(text)
        told = [_told(error["loc"], error["msg"], lines, tables, file.name) for error in exc.errors()]
        raise BadCases("\n".join(dict.fromkeys(told))) from None


def _told(path: Sequence[str | int], message: str, lines: Lines, tables: object, file: str) -> str:
    here = tables
    if path[:1] == _TOP and isinstance(here, dict) and len(path) > 1:
        here = here["cases"][path[1]]
        name = f" ({here.get('name', 'without a name')})"
    else:
        name = ""
    where = ".".join(str(part) for part in (path[2:] if name else path)) or "the file"
    what = "nobody knows this key" if message == "Extra inputs are not permitted" else message
    return f"{file}:{lines.of(path)}{name}: {where}: {what.removeprefix('Value error, ')}"


def _missing(cases: Iterable[Case], file: Path, folder: Path) -> list[str]:
    """What cases name and is not there."""
    faults = []
    for case in cases:
        wanted = [("scenes", f"{case.scene}.toml")]
        wanted += [("policies", f"{case.setup.policy}.toml")] if case.setup.policy else []
        shared = [name.partition(" as ")[0] for step in case.steps for name in step.files]
        wanted += [("files", shared_file(name).name) for name in shared]
        for kind, name in wanted:
            if not (folder / kind / name).exists():
                faults.append(f"{file.name} ({case.name}): there is no {kind}/{name}")
    return faults


def _place(category: str) -> int:
    return CATEGORIES.index(category) if category in CATEGORIES else len(CATEGORIES)
