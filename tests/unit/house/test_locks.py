"""The four locks are one resolution: they agree, they are complete, and they name no place to download from."""

import re
import tomllib
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.unit.house.tree import ROOT

GROUPS = ("bot", "worker", "demo", "dev")  #: each holds the ones before it
Pins = dict[tuple[str, str], frozenset[str]]


@cache
def lock(group: str) -> str:
    """The text of a lock."""
    return (ROOT / "requirements" / f"{group}.lock").read_text("utf-8")


@cache
def pins(group: str) -> Pins:
    """The hashes by name and version."""
    entries = re.split(r"\n(?=\S)", lock(group).replace("\\\n", " ").strip())
    found: Pins = {}
    for entry in entries:
        name, version = entry.split()[0].split("==")
        found[canonicalize_name(name), version] = frozenset(re.findall(r"--hash=sha256:([0-9a-f]{64})(?=\s|$)", entry))
    return found


@cache
def wanted(group: str) -> tuple[Requirement, ...]:
    """What `pyproject.toml` asks for, the groups inside included."""
    groups: dict[str, list[Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    found: list[Requirement] = []
    for entry in groups[group]:
        found += wanted(entry["include-group"]) if isinstance(entry, dict) else [Requirement(entry)]
    return tuple(found)


@pytest.mark.parametrize(("smaller", "larger"), list(pairwise(GROUPS)))
def test_a_group_is_part_of_the_next_one_with_the_same_versions_and_hashes(smaller: str, larger: str) -> None:
    assert pins(smaller).items() <= pins(larger).items()
    assert len(pins(smaller)) < len(pins(larger))


@pytest.mark.parametrize("group", GROUPS)
def test_every_pin_carries_hashes(group: str) -> None:
    assert all(pins(group).values())


@pytest.mark.parametrize("group", GROUPS)
def test_a_lock_holds_all_that_its_group_asks_for_in_a_version_that_will_do(group: str) -> None:
    for requirement in wanted(group):
        versions = [version for name, version in pins(group) if name == canonicalize_name(requirement.name)]
        assert versions, f"{requirement.name} is not in {group}.lock: run `make lock`"
        assert all(requirement.specifier.contains(version) for version in versions), f"{requirement}: run `make lock`"


@pytest.mark.parametrize("group", GROUPS)
def test_a_lock_says_what_to_install_and_not_from_where(group: str) -> None:
    assert not re.search(r"://| @ |^\s*-(?!-hash=)|^\s*--(?!hash=)|#", lock(group), re.MULTILINE)


def test_the_bot_is_installed_without_what_it_may_not_import() -> None:
    heavy = {"langchain-core", "langgraph", "prefect", "mlflow", "mlflow-skinny", "google-genai"}
    assert heavy.isdisjoint(name for name, _ in pins("bot"))
