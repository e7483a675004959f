"""The repository's files, as the house tests look at them."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("bot", "worker", "tools", "demo")


def modules(*packages: str) -> list[Path]:
    """The Python files of the packages, relative to the checkout."""
    return sorted(file.relative_to(ROOT) for package in packages for file in (ROOT / package).rglob("*.py"))


@cache
def parsed(module: Path) -> ast.Module:
    """A module's syntax tree."""
    return ast.parse((ROOT / module).read_text("utf-8"), str(module))


def imported(module: Path) -> Iterator[str]:
    """The dotted names that a module imports."""
    for node in ast.walk(parsed(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def python(code: str, **environment: str) -> str:
    """What a fresh interpreter prints when it runs `code` from the checkout; fails the test when it fails."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **environment},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@cache
def texts() -> tuple[tuple[Path, str], ...]:
    """Every text file of the repository but the locks, which hold names, versions and hashes alone."""
    return tuple((file.relative_to(ROOT), file.read_text("utf-8", errors="replace")) for file in sorted(_files(ROOT)))


def _files(folder: Path) -> Iterator[Path]:
    """Those below a folder; an environment of a hundred thousand files is not looked into."""
    for each in folder.iterdir():
        if each.name == "__pycache__" or (each.name.startswith(".") and each.name not in {".ci", ".env.example"}):
            continue
        if each.is_dir():
            yield from _files(each)
        elif each.suffix not in {".lock", ".png", ".pyc"}:
            yield each
