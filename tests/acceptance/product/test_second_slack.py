"""The processes of the Procfile against another Slack than our own, told where things are by the settings alone.

That Slack was written from Slack's documentation without a look at this product: what works here does not work because
both sides share a mistake.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.acceptance.product.conftest import ROOT
from tests.fakes.minimal_slack import MinimalSlack

pytestmark = pytest.mark.timeout(600)

CHANNEL = "C0TEAM"
ALICE = "U0ALICE"
SOURCE = b'''import mlflow
from prefect import flow, task


@task
def measured(depth: int) -> float:
    return 1.0 - 1.0 / depth


@flow(name="measuring")
def measuring(depth: int = 4) -> float:
    """Measure something."""
    with mlflow.start_run():
        score = measured(depth)
        mlflow.log_metric("score", score)
    return score
'''


@contextlib.contextmanager
def processes(environment: dict[str, str], folder: Path) -> Iterator[Path]:
    """Every process that the Procfile names, with one log."""
    log = folder / "product.log"
    lines = dict(re.findall(r"^(\w+): python (.+)$", (ROOT / "Procfile").read_text("utf-8"), re.MULTILINE))
    with log.open("ab") as output:
        started = [
            subprocess.Popen([sys.executable, *line.split()], cwd=ROOT, env=environment, stdout=output, stderr=output)
            for line in lines.values()
        ]
        try:
            yield log
        finally:
            for process in started:
                process.send_signal(signal.SIGTERM)
            codes = [process.wait(20) for process in started]
            assert codes == [0] * len(lines), log.read_text("utf-8")[-3000:]


@pytest.fixture
def backends_named(prefect_api_url: str, prefect_pool: str, mlflow_url: str) -> dict[str, str]:
    """Where the systems are that Trainmaster works with."""
    return {
        "PREFECT_API_URL": prefect_api_url,
        "PREFECT_WORK_POOL": prefect_pool,
        "MLFLOW_TRACKING_URI": mlflow_url,
    }


@pytest.fixture
def slack(
    valkey_url: str, connection: redis.Redis, backends_named: dict[str, str], tmp_path: Path
) -> Iterator[MinimalSlack]:
    """The other Slack, with a running Trainmaster in it."""
    with MinimalSlack() as minimal:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "SLACK_BOT_TOKEN": minimal.bot_token,
            "SLACK_APP_TOKEN": minimal.app_token,
            "SLACK_API_URL": minimal.api_url,
            "REDIS_URL": valkey_url,
            **backends_named,
            "PIPELINE_STORE": str(tmp_path / "pipelines"),
            "AUDIT_ANCHORS": str(tmp_path / "audit-anchors.jsonl"),
            "MODEL": "offline",
        }
        with processes(environment, tmp_path) as log:
            assert minimal.wait_until(lambda: minimal.connections > 0, 120), log.read_text("utf-8")
            yield minimal
            assert "Traceback" not in log.read_text("utf-8")


def test_onboarding_commands_and_buttons_work_where_most_methods_are_unknown(slack: MinimalSlack) -> None:
    asked = slack.person_says(ALICE, CHANNEL, f"{slack.mention} onboard this", files=[("measuring.py", SOURCE)])
    plan = slack.wait_for(lambda m: "plan.register_and_run" in actions(m), 120)
    assert plan.thread_ts == asked.ts
    slack.person_clicks(ALICE, plan, "plan.register_and_run")
    ended = slack.wait_for(lambda m: "completed in" in m.visible_text and "score" in m.visible_text, 180)
    assert ended.thread_ts == asked.ts
    assert all(message.unfurl_links is False for message in slack.messages(CHANNEL) if message.by_bot)
    slack.person_clicks(ALICE, ended, "run.logs")
    slack.wait_for(lambda m: m.ephemeral_to == ALICE and "Log of" in m.visible_text, 60)
    slack.person_commands(ALICE, CHANNEL, "/mlops", "pipelines")
    slack.wait_for(lambda m: m.ephemeral_to == ALICE and "measuring" in m.visible_text, 60)
    assert slack.wait_until(lambda: not slack.unacknowledged, 30)


def actions(message: object) -> list[str]:
    """The action ids of a message's buttons."""
    return [str(button["action_id"]) for button in getattr(message, "buttons", ())]
