"""What a process says that cannot start, in a sentence and without a trace."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bot import settings as configuration
from bot.serving import CannotServe, build
from bot.settings import Settings
from demo.workspace.server import WorkspaceServer
from worker import children, feed

ROOT = Path(__file__).parents[3]


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def settings(slack: WorkspaceServer, **changes: object) -> Settings:
    away = f"http://127.0.0.1:{closed_port()}"
    return configuration.load(
        {
            "slack_bot_token": slack.bot_token,
            "slack_app_token": slack.app_token,
            "slack_api_url": slack.api_url,
            "redis_url": f"redis://127.0.0.1:{closed_port()}/0",
            "prefect_api_url": f"{away}/api",
            "mlflow_tracking_uri": away,
            **changes,
        }
    )


def test_a_worker_and_a_feed_without_redis_end_and_say_why(
    slack: WorkspaceServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert children.serve(settings(slack)) == 1
    assert feed.serve(settings(slack)) == 1
    told = capsys.readouterr().out
    assert told.count("Redis does not answer") == 2
    assert "Traceback" not in told


def test_a_bot_with_a_wrong_token_names_the_variable(slack: WorkspaceServer) -> None:
    with pytest.raises(CannotServe, match="SLACK_BOT_TOKEN"):
        build(settings(slack, slack_bot_token="xoxb-wrong"))


def test_a_bot_whose_slack_is_away_names_the_address(slack: WorkspaceServer) -> None:
    away = f"http://127.0.0.1:{closed_port()}/api/"
    with pytest.raises(CannotServe, match="does not answer"):
        build(settings(slack, slack_api_url=away), patience=0)


@pytest.mark.parametrize("command", [["bot"], ["worker"], ["worker", "feed"]], ids=" ".join)
def test_a_policy_that_makes_no_sense_stops_every_process_before_it_serves(command: list[str], tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text("[roles.all]\nmembers = ['everybody']\npermissions = ['*']\n")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        "POLICY_FILE": str(file),
    }
    answer = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert answer.returncode == 2
    assert "policy.toml, line 2: `members` of role `all`: `everybody` is nobody" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_the_doctor_names_everything_that_is_away_and_what_to_do(slack: WorkspaceServer, tmp_path: Path) -> None:
    away = f"http://127.0.0.1:{closed_port()}"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
        "REDIS_URL": f"redis://127.0.0.1:{closed_port()}/0",
        "PREFECT_API_URL": f"{away}/api",
        "MLFLOW_TRACKING_URI": away,
    }
    command = [sys.executable, "-m", "worker", "doctor"]
    answer = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100, check=False
    )
    assert answer.returncode == 1, answer.stderr
    told = answer.stdout
    for line in ("✓ Slack token", "✗ Redis: no answer", "✗ Prefect: I could not reach Prefect", "✗ MLflow"):
        assert line in told
    assert "Redis access" not in told, "who answers nobody at all shows nothing of who may"
    assert told.count("→") >= 3
