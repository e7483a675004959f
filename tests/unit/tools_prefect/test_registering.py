from pathlib import Path

import pytest

from tests.unit.tools_prefect.conftest import Bench
from tools.errors import BadArguments
from tools.prefect.registration import register_pipeline
from tools.prefect.results import Outcome, Registered
from tools.spec import Done, NotDone

CHURN = b'''"""Churn."""

from prefect import flow


@flow(name="churn-prediction")
def churn(max_depth: int = 5) -> None:
    """Predicts who leaves."""
'''
TWO = (
    CHURN
    + b"""

@flow
def other() -> None:
    pass
"""
)


def test_a_kept_source_becomes_a_pipeline(bench: Bench) -> None:
    digest = bench.sources.put(CHURN, "churn.py")
    result = bench.use(register_pipeline, digest=digest)
    assert isinstance(result.data, Registered)
    assert result.data.outcome is Outcome.CREATED
    pipeline = bench.prefect.registered("churn-prediction")
    assert pipeline is not None
    assert (pipeline.digest, pipeline.entrypoint) == (digest, "churn.py:churn")
    assert pipeline.description == "Predicts who leaves."
    assert "registered-by:U0ALICE" in pipeline.tags
    schema = bench.prefect.pipeline_detail(pipeline.id).parameter_schema
    assert schema["properties"]["max_depth"]["default"] == 5
    assert result.text == f"Registered **churn-prediction** from source `{digest[:12]}`; its runs go to the pool local."


def test_a_source_is_not_run_when_it_is_registered(bench: Bench, tmp_path: Path) -> None:
    marker = tmp_path / "was-run"
    digest = bench.sources.put(CHURN + f"\nopen({str(marker)!r}, 'w').close()\n".encode(), "churn.py")
    bench.plan(register_pipeline, digest=digest)
    bench.use(register_pipeline, digest=digest)
    bench.probe(register_pipeline, key="k", digest=digest)
    assert not marker.exists()


def test_the_same_source_again_says_already_registered(bench: Bench) -> None:
    digest = bench.sources.put(CHURN, "churn.py")
    bench.use(register_pipeline, digest=digest)
    result = bench.use(register_pipeline, digest=digest, flow="churn-prediction")
    assert result.text == f"**churn-prediction** is already registered with exactly this source (`{digest[:12]}`)."


def test_a_changed_source_updates_and_names_both(bench: Bench) -> None:
    old, new = bench.sources.put(CHURN, "churn.py"), bench.sources.put(CHURN + b"\n# more\n", "churn.py")
    bench.use(register_pipeline, digest=old)
    result = bench.use(register_pipeline, digest=new)
    assert f"from source `{old[:12]}` to `{new[:12]}`" in result.text


def test_several_flows_are_asked_about(bench: Bench) -> None:
    digest = bench.sources.put(TWO, "two.py")
    with pytest.raises(BadArguments, match="has several flows: churn-prediction or other"):
        bench.use(register_pipeline, digest=digest)
    bench.use(register_pipeline, digest=digest, flow="other")
    assert bench.prefect.registered("other") is not None
    assert bench.prefect.registered("churn-prediction") is None


def test_a_digest_that_was_never_kept_is_refused(bench: Bench) -> None:
    with pytest.raises(BadArguments, match="Share its file again"):
        bench.use(register_pipeline, digest="0" * 64)
    with pytest.raises(ValueError, match="digest"):
        bench.use(register_pipeline, digest="../../etc/passwd")


def test_a_plan_says_what_would_change_and_changes_nothing(bench: Bench) -> None:
    old, new = bench.sources.put(CHURN, "churn.py"), bench.sources.put(CHURN + b"\n# more\n", "churn.py")
    plan = bench.plan(register_pipeline, digest=old)
    assert plan.arguments == {"digest": old, "flow": "churn-prediction"}
    assert plan.summary.startswith("Register the pipeline churn-prediction from churn.py")
    assert (plan.resources, plan.preconditions) == (("prefect:pipeline:churn-prediction",), {"digest": ""})
    assert [(fact.label, fact.value) for fact in plan.evidence.facts] == [
        ("File", f"churn.py, {len(CHURN)} bytes, SHA-256 {old[:12]}"),
        ("Flow", "churn-prediction, line 7; parameters: max_depth"),
    ]
    assert plan.facts == {"code": "new"}
    assert bench.prefect.registered("churn-prediction") is None
    bench.use(register_pipeline, digest=old)
    again = bench.plan(register_pipeline, digest=new)
    assert again.summary.startswith("Update")
    assert again.preconditions == {"digest": old}
    assert again.facts == {"code": "changed"}
    assert "+# more" in again.evidence.diff
    assert again.rollback == f"Register the source `{old[:12]}` again."


def test_a_probe_tells_by_the_version_whether_it_happened(bench: Bench) -> None:
    digest = bench.sources.put(CHURN, "churn.py")
    assert bench.probe(register_pipeline, key="k", digest=digest) == NotDone()
    bench.use(register_pipeline, digest=digest)
    assert isinstance(bench.probe(register_pipeline, key="k", digest=digest), Done)
    newer = bench.sources.put(CHURN + b"\n# more\n", "churn.py")
    assert bench.probe(register_pipeline, key="k", digest=newer) == NotDone()
