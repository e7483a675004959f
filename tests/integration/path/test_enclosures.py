"""Files on their way into a thread: there once, whatever breaks in between, and never in the way of what is said."""

import contextlib
import time

import pytest
import redis

from bot.budgets import Budgets
from bot.courier import SETTLE_SECONDS, Courier
from bot.enclosures import Enclosure, Enclosures
from bot.outbox import Address, Outbox, due_key, entry_key
from bot.slack import SlackGateway
from bot.views.enclosed import enclosed
from demo.workspace.faults import FaultKind
from demo.workspace.model import Message
from demo.workspace.server import WorkspaceServer
from tests.fakes.mortal import Fate, Killed, MortalRedis
from tests.fixtures.waiting import until

TEAM = "T0LOCAL"
CHANNEL = "C0MLPIPE"
PNG = b"\x89PNG\r\n\x1a\n and what is drawn"
COMPLETE = "files.completeUploadExternal"


class Post:
    """An outbox with a file in it, and couriers that deliver when they are told to."""

    def __init__(self, connection: redis.Redis, slack: WorkspaceServer) -> None:
        self.redis = connection
        self.slack = slack
        self.root = slack.workspace.post("alice", "#ml-pipelines", "hello").ts
        self.outbox = Outbox(connection, team=TEAM)
        self.enclosures = Enclosures(connection, team=TEAM)
        self.gateway = SlackGateway(token=slack.bot_token, api_url=slack.api_url)
        self.courier = self.another()
        self.address = Address(team=TEAM, channel=CHANNEL, thread=self.root)

    def another(self, connection: "redis.Redis | None" = None) -> Courier:
        return Courier(connection or self.redis, self.gateway, Budgets(self.redis, team=TEAM), team=TEAM)

    def brings(self, *, entry: str = "pic") -> None:
        enclosure = Enclosure("work:0", "chart.png", "loss by step", said="It fell to 0.2 <b>", alt="A falling line")
        self.enclosures.keep(enclosure.kept, PNG)
        self.outbox.post(entry, self.address, enclosed(enclosure.title, enclosure.said), enclosure=enclosure)

    def replies(self) -> list[Message]:
        return [m for m in self.slack.workspace.replies(CHANNEL, self.root) if m.user == self.slack.workspace.bot.id]

    def pictures(self) -> list[bytes]:
        return [self.slack.workspace.content(file.id) for reply in self.replies() for file in reply.files]

    def settles(self, courier: Courier | None = None) -> None:
        def quiet() -> bool:
            (courier or self.courier).deliver_one()
            return not self.redis.zcard(due_key(TEAM))

        until(quiet, seconds=15)


@pytest.fixture
def post(connection: redis.Redis, slack: WorkspaceServer) -> Post:
    return Post(connection, slack)


def test_a_file_is_in_the_thread_with_its_words_and_its_alternative_text(post: Post) -> None:
    post.brings()
    post.settles()
    [reply] = post.replies()
    [file] = reply.files
    assert reply.text == "*loss by step*\nIt fell to 0.2 &lt;b&gt;"
    assert (file.name, file.title, file.alt_text) == ("chart.png", "loss by step", "A falling line")
    assert file.mimetype == "image/png"
    assert post.pictures() == [PNG]
    assert post.enclosures.content("work:0") is None, "its bytes are kept no longer"


def test_a_message_after_a_file_comes_after_it(post: Post) -> None:
    post.brings()
    post.outbox.post("answer", post.address, enclosed("answer", ""))
    post.settles()
    assert [bool(reply.files) for reply in post.replies()] == [True, False]


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", COMPLETE])
@pytest.mark.parametrize("fault", ["reset", "reset_after", "server_error", "rate_limited"])
def test_a_connection_that_breaks_at_any_step_doubles_nothing(post: Post, method: str, fault: FaultKind) -> None:
    post.slack.faults.on(method, fault, retry_after=1)
    post.brings()
    post.settles()
    assert post.pictures() == [PNG]
    assert len(post.replies()) == 1


def test_a_courier_that_died_after_sharing_shows_nothing_twice(post: Post) -> None:
    post.brings()
    post.settles()
    died(post)
    post.settles()
    assert post.pictures() == [PNG]
    assert post.outbox.ts_of("pic") == post.replies()[0].ts
    assert post.slack.calls.counts[COMPLETE] == 1


def test_a_courier_that_died_before_sharing_is_followed_by_one_that_shares_the_same_file(post: Post) -> None:
    post.brings()
    file = post.gateway.upload(Enclosure("work:0", "chart.png", "loss by step"), PNG)
    post.redis.hset(entry_key(TEAM, "pic"), mapping={"state": "sending", "nonce": "dead:1", "uploaded": file})
    begun = time.monotonic()
    post.settles()
    assert time.monotonic() - begun >= SETTLE_SECONDS, "what it began may still be on its way"
    assert [shown.id for reply in post.replies() for shown in reply.files] == [file]


def test_a_file_that_slack_threw_away_before_it_was_shared_is_brought_anew(post: Post) -> None:
    post.brings()
    nonce = f"{post.courier._name}:1"  # its own: it need not wait for what another one began
    post.redis.hset(entry_key(TEAM, "pic"), mapping={"state": "sending", "nonce": nonce, "uploaded": "F0GONE"})
    post.settles()
    assert post.pictures() == [PNG]


def test_a_file_that_slack_has_and_does_not_show_yet_is_not_shared_again(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.brings()
    post.settles()
    died(post)
    monkeypatch.setattr(post.gateway, "shown", lambda *_, **__: "")
    post.settles()
    assert post.pictures() == [PNG]


@pytest.mark.parametrize("error", ["missing_scope", "file_uploads_disabled", "unknown_method"])
def test_where_slack_takes_no_files_the_words_say_so_and_nothing_waits(post: Post, error: str) -> None:
    for _ in range(2):
        post.slack.faults.on("files.getUploadURLExternal", "error", error=error)
    post.brings()
    post.outbox.post("answer", post.address, enclosed("answer", ""))
    post.settles()
    [instead, answer] = [reply.text for reply in post.replies()]
    assert instead.startswith(
        "*loss by step*\nIt fell to 0.2 &lt;b&gt;\n_I could not put chart.png here: Slack answered "
    )
    assert error in instead
    assert answer == "*answer*"


def test_a_file_whose_bytes_are_kept_no_more_leaves_its_words(post: Post) -> None:
    post.brings()
    post.enclosures.drop("work:0")
    post.settles()
    assert "it waited for more than a day" in post.replies()[0].text


def test_no_secret_leaves_by_the_words_beside_a_file(post: Post, connection: redis.Redis) -> None:
    def hide(text: str) -> str:
        return text.replace("s3cret", "[hidden]")

    outbox = Outbox(connection, team=TEAM, hide=hide)
    enclosure = Enclosure("k", "s3cret.png", "s3cret", said="s3cret", alt="s3cret")
    post.enclosures.keep("k", PNG)
    outbox.post("pic", post.address, enclosed(enclosure.title, enclosure.said), enclosure=enclosure)
    post.settles()
    [reply] = post.replies()
    [file] = reply.files
    assert "s3cret" not in f"{reply.text}{file.name}{file.title}{file.alt_text}"


def died(post: Post) -> None:
    """As if the courier had been killed before it could note that the message had left."""
    post.redis.hset(entry_key(TEAM, "pic"), mapping={"state": "sending", "ts": ""})
    post.redis.rpush(f"tm:{TEAM}:lane:v1:{CHANNEL}:{post.root}", "pic")
    post.redis.zadd(due_key(TEAM), {f"lane|{TEAM}:{CHANNEL}:{post.root}": 0})


def test_killed_after_any_step_of_sharing_the_file_is_there_once(
    post: Post, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CLAIM_SECONDS", "SETTLE_SECONDS"):  # nobody waits long for the dead
        monkeypatch.setattr(f"bot.courier.{name}", 0.05)
    connection = MortalRedis.from_url(valkey_url, decode_responses=True, socket_timeout=5)
    assert isinstance(connection, MortalRedis)
    connection.fate = fate = Fate()
    point, died = 0, True
    while died:
        point += 1
        post.brings(entry=f"pic{point}")
        fate.arm(point)
        with contextlib.suppress(Killed):
            post.another(connection).deliver_one()
        died = fate.disarm()
        post.settles()
        assert len(post.pictures()) == point, f"killed after step {point}: {fate.steps[-1:]}"
        assert len(post.replies()) == point
    assert point > 4
    connection.close()
