"""From Slack to the mailbox, by both ways in, with the real Bolt and a local Slack that misbehaves."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
import redis
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier

from bot import settings as configuration
from bot import snapshot
from bot.app import BotServices, create_app
from bot.events import ITEMS, AnyItem, Command, Turn
from bot.serving import CannotServe, Door, HttpDoor, SocketDoor, build
from bot.snapshot import CommandHelp, Snapshot
from demo.workspace.app_config import AppConfig
from demo.workspace.server import WorkspaceServer
from tests.fixtures.waiting import until

CHANNEL = "C0MLPIPE"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Ingress:
    """A bot that takes things in and has nobody who works on them."""

    def __init__(self, slack: WorkspaceServer, connection: redis.Redis, services: BotServices) -> None:
        self.slack = slack
        self.services = services
        self._redis = connection

    def boxes(self) -> dict[str, list[AnyItem]]:
        keys = [str(key) for key in self._redis.keys("tm:*:mailbox:v1:T*")]
        return {
            key.split(":v1:", 1)[1]: [ITEMS.validate_json(item) for item in self._redis.lrange(key, 0, -1)]
            for key in keys
        }

    def items(self) -> list[AnyItem]:
        return [item for box in self.boxes().values() for item in box]


@contextmanager
def running(slack: WorkspaceServer, redis_url: str, port: int | None) -> Iterator[BotServices]:
    way = {"slack_signing_secret": slack.signing_secret, "port": port} if port else {"slack_app_token": slack.app_token}
    loaded = configuration.load(
        {"slack_bot_token": slack.bot_token, "slack_api_url": slack.api_url, "redis_url": redis_url, **way}
    )
    services = build(loaded)
    app = create_app(loaded, services)
    door: Door = HttpDoor(app, port) if port else SocketDoor(app, slack.app_token)
    door.open()
    try:
        yield services
    finally:
        door.close()
        services.presence.close()


@pytest.fixture(params=["socket", "http"])
def ingress(request: pytest.FixtureRequest, connection: redis.Redis, valkey_url: str) -> Iterator[Ingress]:
    port = free_port() if request.param == "http" else None
    url = f"http://127.0.0.1:{port}/slack/events" if port else ""
    with (
        WorkspaceServer(ack_seconds=3.0, retry_delays=(0.1, 0.5, 2.0), app=AppConfig(request_url=url)) as slack,
        running(slack, valkey_url, port) as services,
    ):
        if not port:
            until(lambda: slack.connections == 1)
        yield Ingress(slack, connection, services)


def test_a_mention_is_one_turn_although_slack_tells_of_it_twice(ingress: Ingress) -> None:
    message = ingress.slack.workspace.post("alice", "#ml-pipelines", "@trainmaster how is churn?")
    until(ingress.items)
    until(lambda: ingress.slack.underway == 0)
    [turn] = ingress.items()
    assert isinstance(turn, Turn)
    assert (turn.text, turn.ts, turn.actor.user, turn.mention) == ("how is churn?", message.ts, "U0ALICE", True)


def test_messages_sent_in_a_burst_are_taken_in_by_their_order(
    slack: WorkspaceServer, connection: redis.Redis, valkey_url: str
) -> None:
    """Nothing waits in a box for another to be put before it: a worker takes each as soon as it is there."""
    with running(slack, valkey_url, None) as services:
        until(lambda: slack.connections == 1)
        root = slack.workspace.post("alice", "#ml-pipelines", "@trainmaster 0")
        sent = [root] + [
            slack.workspace.post("alice", "#ml-pipelines", f"@trainmaster {n}", root.ts) for n in range(39)
        ]
        taken: list[str] = []
        deadline = time.monotonic() + 30
        while len(taken) < len(sent):
            assert time.monotonic() < deadline, taken
            lease = services.mailbox.take(f"T0LOCAL:{CHANNEL}:{root.ts}")
            if lease is not None and isinstance(lease.item, Turn):
                taken.append(lease.item.ts)
                services.mailbox.finish(lease)
    assert taken == [message.ts for message in sent]


def test_the_same_event_three_times_is_one_turn(ingress: Ingress) -> None:
    ingress.slack.faults.duplicate = 2
    ingress.slack.workspace.post("alice", "#ml-pipelines", "@trainmaster hello")
    until(ingress.items)
    until(lambda: ingress.slack.underway == 0)
    assert len(ingress.items()) == 1


def test_an_acknowledgement_that_got_lost_doubles_nothing(ingress: Ingress) -> None:
    ingress.slack.faults.drop_ack = 2
    ingress.slack.workspace.post("alice", "#ml-pipelines", "@trainmaster hello")
    until(ingress.items)
    until(lambda: ingress.slack.underway == 0)
    assert len(ingress.items()) == 1


def test_a_direct_message_needs_no_mention_and_talk_in_a_channel_is_left_alone(ingress: Ingress) -> None:
    ingress.slack.workspace.post("alice", "#ml-pipelines", "lunch?")
    ingress.slack.workspace.post("alice", ingress.slack.workspace.direct("alice").id, "hello")
    until(ingress.items)
    until(lambda: ingress.slack.underway == 0)
    [turn] = ingress.items()
    assert isinstance(turn, Turn)
    assert turn.direct


def test_a_file_without_mention_counts_only_in_a_thread_that_we_take_part_in(ingress: Ingress) -> None:
    workspace = ingress.slack.workspace
    workspace.upload("alice", "#ml-pipelines", "stray.py", b"x = 1")
    root = workspace.post("alice", "#ml-pipelines", "@trainmaster onboard my pipeline")
    until(ingress.items)
    workspace.upload("alice", "#ml-pipelines", "churn.py", b"x = 1", thread_ts=root.ts)
    until(lambda: len(ingress.items()) == 2)
    until(lambda: ingress.slack.underway == 0)
    files = [file.name for item in ingress.items() if isinstance(item, Turn) for file in item.files]
    assert files == ["churn.py"]


def test_an_edited_message_waits_as_it_is_now_and_a_deleted_one_no_more(ingress: Ingress) -> None:
    workspace = ingress.slack.workspace
    message = workspace.post("alice", "#ml-pipelines", "@trainmaster hello")
    until(ingress.items)
    workspace.edit("alice", message, "@trainmaster hello again")
    until(lambda: [item.text for item in ingress.items() if isinstance(item, Turn)] == ["hello again"])
    workspace.delete("alice", workspace.message(CHANNEL, message.ts))
    until(lambda: ingress.items() == [])


def test_a_command_lies_in_the_persons_box_and_is_acknowledged_in_silence(ingress: Ingress) -> None:
    answer = ingress.slack.workspace.command("alice", "#ml-pipelines", "/mlops runs churn").result(5)
    assert answer.ok
    assert not answer.body
    [(box, [command])] = ingress.boxes().items()
    assert box == "T0LOCAL:C0MLPIPE:@U0ALICE"
    assert isinstance(command, Command)
    assert command.text == "runs churn"


def test_help_is_answered_at_once_and_for_a_word_alone(ingress: Ingress, connection: redis.Redis) -> None:
    lines = (("runs", "prefect:run:read"), ("promote", "mlflow:alias:set"))
    commands = tuple(CommandHelp(words=w, usage="", help=f"About {w}.", permission=needs) for w, needs in lines)
    snapshot.publish(connection, Snapshot(version="1", commands=commands, tools=()))

    def answer(text: str) -> str:
        body = ingress.slack.workspace.command("alice", "#ml-pipelines", text).result(5).body
        return json.dumps(body["blocks"])

    whole = answer("/mlops help")
    assert 0 < whole.index("Pipelines and runs") < whole.index("`/mlops runs`") < whole.index("Experiments and models")
    assert answer("/mlops") == whole
    about = answer("/mlops Help PROMOTE")
    assert "`/mlops promote`" in about
    assert "`/mlops runs`" not in about
    assert ingress.boxes() == {}


def test_a_forty_thousand_character_message_is_cut_but_its_length_is_known(ingress: Ingress) -> None:
    ingress.slack.workspace.post("alice", "#ml-pipelines", "@trainmaster " + "x" * 39_000)
    until(ingress.items)
    [turn] = ingress.items()
    assert isinstance(turn, Turn)
    assert (turn.length, len(turn.text)) == (39_000, 12_001)


def test_the_twenty_first_message_of_a_thread_is_turned_away_in_words(
    ingress: Ingress, connection: redis.Redis
) -> None:
    workspace = ingress.slack.workspace
    root = workspace.post("alice", "#ml-pipelines", "@trainmaster 0")
    for number in range(1, 21):
        workspace.post("alice", "#ml-pipelines", f"@trainmaster {number}", root.ts)
    until(lambda: connection.keys("tm:*:outbox:v1:full:*"))
    assert len(ingress.items()) == 20


@pytest.fixture
def no_redis(slack: WorkspaceServer) -> Iterator[WorkspaceServer]:
    """A bot whose Redis is away."""
    with running(slack, f"redis://127.0.0.1:{free_port()}/0", None):
        until(lambda: slack.connections == 1)
        yield slack


def test_without_redis_an_event_is_not_acknowledged_so_that_slack_sends_it_again(no_redis: WorkspaceServer) -> None:
    no_redis.workspace.post("alice", "#ml-pipelines", "@trainmaster hello")
    until(lambda: no_redis.underway > 0)
    assert no_redis.underway > 0


def test_without_redis_a_command_is_answered_at_once_with_what_to_do(no_redis: WorkspaceServer) -> None:
    answer = no_redis.workspace.command("alice", "#ml-pipelines", "/mlops runs").result(10)
    assert "cannot take this now" in str(answer.body.get("text"))


def test_without_redis_a_click_is_acknowledged_and_the_person_told(no_redis: WorkspaceServer) -> None:
    workspace = no_redis.workspace
    button = {"type": "button", "action_id": "run.logs", "value": "r", "text": {"type": "plain_text", "text": "Logs"}}
    posted = WebClient(no_redis.bot_token, base_url=no_redis.api_url).chat_postMessage(
        channel=CHANNEL, text="card", blocks=[{"type": "actions", "elements": [button]}]
    )
    message = workspace.message(CHANNEL, posted["ts"])
    assert workspace.click("alice", message, "run.logs").result(10).ok
    until(lambda: any("cannot take this now" in m.text for m in workspace.ephemerals("U0ALICE", CHANNEL)))


def test_a_redis_that_was_away_for_a_while_costs_no_turn(
    slack: WorkspaceServer, connection: redis.Redis, valkey_url: str
) -> None:
    with running(slack, valkey_url, None) as services:
        until(lambda: slack.connections == 1)
        connection.config_set("maxmemory", "1")  # every write is refused from here on
        slack.workspace.post("alice", "#ml-pipelines", "@trainmaster hello")
        until(lambda: slack.underway > 0)
        connection.config_set("maxmemory", "0")
        until(lambda: Ingress(slack, connection, services).items())
        until(lambda: slack.underway == 0)
        assert len(Ingress(slack, connection, services).items()) == 1


@pytest.fixture
def door(slack: WorkspaceServer, connection: redis.Redis, valkey_url: str) -> Iterator[Callable[..., tuple[int, int]]]:
    """Posts to our bot as Slack does; how it answered, and how many boxes there are then."""
    port = free_port()
    event = {"type": "app_mention", "user": "U0ALICE", "channel": CHANNEL, "ts": "1718.000001", "text": "hello"}
    body = json.dumps({"type": "event_callback", "team_id": "T0LOCAL", "event_id": "Ev0FORGED", "event": event})

    def post(*, secret: str, age: float = 0) -> tuple[int, int]:
        at = str(int(time.time() - age))
        signature = SignatureVerifier(secret).generate_signature(timestamp=at, body=body) if secret else None
        headers = {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": signature} if signature else {}
        url = f"http://127.0.0.1:{port}/slack/events"
        answer = httpx.post(url, content=body, headers={"Content-Type": "application/json", **headers}, trust_env=False)
        return answer.status_code, len(Ingress(slack, connection, services).boxes())

    with running(slack, valkey_url, port) as services:
        yield post


def test_a_forged_request_is_refused_and_leaves_nothing_behind(
    door: Callable[..., tuple[int, int]], slack: WorkspaceServer
) -> None:
    assert door(secret="") == (401, 0)
    assert door(secret="0" * 32) == (401, 0)
    assert door(secret=slack.signing_secret, age=360) == (401, 0), "it was recorded, and is played again"
    assert door(secret=slack.signing_secret) == (200, 1), "the same request, signed by Slack now"


def test_a_port_that_somebody_has_is_told_in_a_sentence(
    slack: WorkspaceServer, connection: redis.Redis, valkey_url: str
) -> None:
    assert connection.ping()
    with socket.create_server(("0.0.0.0", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotServe, match=f"^PORT {port} is in use: "), running(slack, valkey_url, port):
            pass
