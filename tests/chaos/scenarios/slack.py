"""Slack loses, doubles and delays what it sends, refuses what it is sent, and does not say what it has done."""

from collections.abc import Callable
from typing import Any

from demo.workspace.faults import FaultSettings
from tests.chaos.play import Play, Scenario, awaited
from tests.chaos.stack import Unfit

POST, EDIT, REPLIES = "chat.postMessage", "chat.update", "conversations.replies"
HISTORY, PRIVATE, STATUS, REACTION = (
    "conversations.history",
    "chat.postEphemeral",
    "assistant.threads.setStatus",
    "reactions.add",
)
NOISE = 230  #: more than a page of a thread holds
TOKEN_SECONDS = 3.0
NOTICED_SECONDS = 60.0
SOCKET_ENVELOPES = (5, 9)


def under(**faults: Any) -> Callable[[Play], None]:
    """A scenario: mixed traffic while Slack has these faults."""

    def play_it(play: Play) -> None:
        _turn(play, **faults)
        play.strike()
        play.burst(threads=4, each=2)

    return play_it


def renewed(play: Play) -> None:
    """Sockets are cut and renewed in the middle of a burst whose acknowledgements are lost now and then."""
    cut, refresh = play.random.sample(range(*SOCKET_ENVELOPES), 2)
    _turn(play, disconnect_after=cut, refresh_after=refresh, drop_acks=0.2, duplicate_up_to=1)
    play.strike()
    play.burst(threads=6, each=1)


def arrived(play: Play) -> None:
    """Posts arrive although their connection is reset, and people say a great deal before anybody looks for them."""
    _turn(play, methods={POST: {"kind": "reset_after", "times": None, "probability": 0.6}})
    play.strike()
    play.burst(threads=3, each=2, others=False)
    workspace = play.stack.workspace.workspace
    for root in {(one.thread.split(":")[0], one.thread.split(":")[1]) for one in play.traffic.asked}:
        for number in range(NOISE):
            workspace.post("carol", root[0], f"by the way, {number}", root[1])


def revoked(play: Play) -> None:
    """The token is refused for a while in the middle of a burst: everything waits, and the log says why.

    A change that comes so far meanwhile that Slack is asked who may do it ends in words: nothing was done.
    """
    told = _said(play)
    play.burst(threads=4, each=2)
    _turn(play, methods={"*": {"kind": "error", "error": "token_revoked", "times": None}})
    unsaid = ""
    try:  # a busy worker posts nothing for a while, and until then nothing has been refused
        awaited(lambda: _said(play) > told or not play.owed(), seconds=NOTICED_SECONDS, what="nothing was said")
    except Unfit:
        unsaid = "no log line names the token"
    play.pause(TOKEN_SECONDS)
    play.stack.workspace.faults.clear()
    play.strike()
    play.expect(lambda: unsaid)


def _said(play: Play) -> int:
    return sum(play.stack.log(role).count("slack_refuses_the_token") for role in ("worker", "feed"))


def _turn(play: Play, **faults: Any) -> None:
    settings = {"seed": play.random.randrange(2**31), **faults}
    play.stack.workspace.faults.change(FaultSettings.model_validate(settings))


def _often(kind: str, probability: float, **details: Any) -> dict[str, Any]:
    return {"kind": kind, "times": None, "probability": probability, **details}


MIXED = {
    POST: _often("reset_after", 0.2),
    EDIT: _often("rate_limited", 0.3),
    REPLIES: _often("server_error", 0.3),
    HISTORY: _often("server_error", 0.3),
    PRIVATE: _often("rate_limited", 0.3),
    STATUS: _often("reset", 0.3),
    REACTION: _often("error", 0.3),
}

SCENARIOS = (
    Scenario(
        "slack-envelopes",
        "each event comes one to three times and out of order, acknowledgements are lost",
        under(duplicate_up_to=2, reorder=True, drop_acks=0.2),
    ),
    Scenario("slack-sockets", "sockets are cut and renewed in a burst whose acknowledgements are lost", renewed),
    Scenario(
        "slack-limits",
        "every third call of any method gets a 429",
        under(methods={"*": _often("rate_limited", 0.3)}),
        30.0,
    ),
    Scenario("slack-errors", "every third call gets a 500", under(methods={"*": _often("server_error", 0.3)}), 40.0),
    Scenario("slack-cuts", "connections break before a call is done", under(methods={"*": _often("reset", 0.3)}), 40.0),
    Scenario("slack-arrived", "posts arrive although the connection broke, and much is said after them", arrived, 30.0),
    Scenario(
        "slack-timeouts",
        "two posts are done and never answered",
        under(methods={POST: {"kind": "timeout_after", "times": 2, "seconds": 60}}),
        40.0,
        slow=True,
    ),
    Scenario(
        "slack-deleted",
        "whatever we edit was deleted by a person",
        under(methods={EDIT: _often("error", 1.0, error="message_not_found")}),
    ),
    Scenario("slack-token", "the token is refused for a while", revoked, 45.0, slow=True, failures=True),
    Scenario(
        "slack-mixed",
        "all of this at once",
        under(duplicate_up_to=2, reorder=True, drop_acks=0.1, methods=MIXED),
        40.0,
    ),
)
