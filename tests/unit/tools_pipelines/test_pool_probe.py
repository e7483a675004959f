import base64
import json
from datetime import UTC, datetime

import pytest

from tools.errors import Unavailable
from tools.pipelines import pool_probe
from tools.pipelines.reading import digest_of, read

SEEN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_the_probe_is_a_pipeline_like_any_other() -> None:
    reading = read(pool_probe.probe_source(), pool_probe.PROBE_FILENAME)
    (flow,) = reading.flows
    assert (flow.name, flow.function) == (pool_probe.PROBE_FLOW, pool_probe.PROBE_FUNCTION)
    assert flow.parameters == ()
    assert reading.findings == ()
    assert reading.filename == pool_probe.PROBE_FILENAME
    assert reading.digest == pool_probe.probe_digest()


def test_the_probes_uri_holds_its_source() -> None:
    source = base64.b64decode(pool_probe.probe_uri().partition("base64,")[2])
    assert digest_of(source) == pool_probe.probe_digest()


def test_a_report_becomes_an_environment() -> None:
    report = json.dumps({"python": "3.12.1", "modules": ["pandas", "prefect"], "complete": True})
    found = pool_probe.environment_from(report, as_of=SEEN)
    assert (found.python, found.modules, found.complete, found.as_of) == (
        "3.12.1",
        frozenset({"pandas", "prefect"}),
        True,
        SEEN,
    )


@pytest.mark.parametrize(
    "report",
    [
        "",
        "hello",
        "[]",
        "{}",
        '{"python": 3, "modules": [], "complete": true}',
        '{"modules": ["a"], "complete": true}',
        "[" * 5000,
    ],
)
def test_anything_else_is_not_taken_for_a_report(report: str) -> None:
    with pytest.raises(Unavailable):
        pool_probe.environment_from(report, as_of=SEEN)


def test_what_is_no_module_name_is_left_out_of_a_report() -> None:
    report = json.dumps({"python": "x" * 500, "modules": ["ok", "<b>", 3, "a" * 500, None], "complete": 1})
    found = pool_probe.environment_from(report, as_of=SEEN)
    assert found.modules == frozenset({"ok"})
    assert not found.complete
    assert len(found.python) <= 20


def test_a_report_without_end_is_not_read() -> None:
    with pytest.raises(Unavailable):
        pool_probe.environment_from(
            json.dumps({"python": "3", "modules": ["a" * 50] * 9000, "complete": True}), as_of=SEEN
        )
