import textwrap
from datetime import UTC, datetime

from tests.unit.tools_pipelines.pipeline_sources import WITH_FLOW, reading_of
from tools.pipelines.imports import PoolEnvironment, checked
from tools.pipelines.models import PipelineReading

SEEN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def environment(*modules: str, complete: bool = True) -> PoolEnvironment:
    return PoolEnvironment(modules=frozenset(modules), complete=complete, python="3.11.7", as_of=SEEN)


def kinds(reading: PipelineReading) -> dict[str, str]:
    return {one.module: one.kind for one in reading.imports}


def test_imports_are_told_by_top_level_module_with_the_first_line_wherever_they_stand() -> None:
    text = """
    from __future__ import annotations
    import os.path, sklearn.linear_model as lm
    from sklearn.model_selection import train_test_split
    from google.cloud import storage
    try:
        import lightgbm
    except ImportError:
        lightgbm = None
    from prefect import flow
    @flow
    def churn():
        import xgboost
        from . import features
        from ..shared.x import y
        import os
    """
    found = reading_of(textwrap.dedent(text))
    assert [(one.module, one.kind, one.line) for one in found.imports] == [
        ("__future__", "standard", 2),
        ("os", "standard", 3),
        ("sklearn", "unknown", 3),
        ("google", "unknown", 5),
        ("lightgbm", "unknown", 7),
        ("prefect", "unknown", 10),
        ("xgboost", "unknown", 13),
        (".", "missing", 14),
        ("..shared", "missing", 15),
    ]


def test_what_a_pool_lacked_may_be_there_later() -> None:
    before = checked(reading_of(f"import catboost\nfrom . import x\n{WITH_FLOW}"), environment("prefect"))
    later = checked(before, environment("prefect", "catboost"))
    assert (kinds(before)["catboost"], kinds(later)["catboost"]) == ("missing", "present")
    assert kinds(later)["."] == "missing"


def test_a_pool_tells_what_it_has_and_what_it_lacks() -> None:
    reading = reading_of(f"import os, pandas, catboost\nfrom . import x\n{WITH_FLOW}")
    found = checked(reading, environment("prefect", "pandas"))
    assert kinds(found) == {
        "os": "standard",
        "pandas": "present",
        "catboost": "missing",
        "prefect": "present",
        ".": "missing",
    }
    assert kinds(reading)["pandas"] == "unknown"


def test_without_a_look_at_the_pool_nothing_is_claimed() -> None:
    reading = reading_of(f"import pandas\n{WITH_FLOW}")
    assert checked(reading, None) == reading


def test_a_list_that_was_cut_short_proves_nothing_missing() -> None:
    reading = reading_of(f"import pandas, catboost\n{WITH_FLOW}")
    found = checked(reading, environment("pandas", complete=False))
    assert (kinds(found)["pandas"], kinds(found)["catboost"]) == ("present", "unknown")
