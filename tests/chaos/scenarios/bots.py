"""The bot dies, stops, hears things twice, or loses its socket."""

from collections.abc import Callable

from tests.chaos import points
from tests.chaos.play import Play, Scenario, awaited
from tests.chaos.stack import BOT

CATCH_SECONDS = 20.0
COPIES = 3
#: Slack's own pauses before it sends again, shortened: the socket's death is noticed in the meantime.
PATIENT = (0.0, 40.0, 60.0)
NOTICED_SECONDS = 150.0
SILENT_SOCKET = ("slack_connection_dead", "slack_connection_ended", "connection seems to be stale")


def at_the_door(*, done: bool) -> Callable[[Play], None]:
    """A scenario: the bot dies while it takes a message in; Redis has it already, or not yet.

    Each thread has one question: of two, Slack would send the first again after the second was taken in.
    """

    def play_it(play: Play) -> None:
        hold = play.stack.hold("valkey", (BOT,), points.ACCEPT_MESSAGE, skip=play.random.randint(0, 4), forward=done)
        play.burst(threads=5, each=1, others=False)
        hold.wait(CATCH_SECONDS)
        play.kill(play.stack.main(BOT))
        hold.drop()

    return play_it


def idle(play: Play) -> None:
    """The bot dies while nothing happens; people write while it is away."""
    play.kill(play.stack.main(BOT))
    play.pause(1.5)
    play.burst(threads=5, each=1, others=False)


def any_moment(play: Play) -> None:
    """The bot dies while it takes a burst in."""
    play.burst(threads=6, each=1)
    play.pause(0.2)
    play.kill(play.stack.main(BOT))


def stopped(play: Play) -> None:
    """SIGTERM while people write."""
    play.burst(threads=6, each=1)
    play.pause(0.2)
    play.stop(BOT)
    play.burst(threads=2, each=1, changes=0, others=False)


def copies(play: Play) -> None:
    """Each event comes four times, and nobody works meanwhile: one thread's box holds each question once."""
    play.stack.workspace.faults.duplicate = COPIES
    children = play.stack.children()
    for child in children:
        child.suspend()
    play.burst(threads=1, each=8, changes=2, others=False)
    awaited(lambda: not play.stack.workspace.underway, seconds=20, what="the copies were not acknowledged")
    for child in children:
        child.resume()
    play.strike()


def dead_socket(play: Play) -> None:
    """The socket's line goes dead without a word: the bot notices, says so, and takes another."""
    play.stack.workspace._parts.delivery._retry_delays = PATIENT
    told = _noticed(play)
    if not play.stack.wires[BOT, "slack"].stall(b"GET /link/"):
        raise AssertionError("the bot had no socket")
    play.strike()
    play.burst(threads=2, each=1, changes=1, others=False)
    play.settle(seconds=NOTICED_SECONDS)
    play.expect(lambda: "" if _noticed(play) > told else "no log line says that the socket was dead")


def _noticed(play: Play) -> int:
    """How often the bot said that a socket was dead, whoever noticed: the SDK, which takes another, or the bot."""
    return sum(play.stack.log(BOT).count(words) for words in SILENT_SOCKET)


def refreshed(play: Play) -> None:
    """Slack asks for new sockets in the middle of a burst, and cuts them."""
    play.burst(threads=6, each=1, others=False)
    play.strike()
    play.stack.workspace.disconnect(politely=play.random.random() < 0.5)
    play.burst(threads=3, each=1, changes=0, others=False)


SCENARIOS = (
    Scenario("bot-any-moment", "the bot is killed while messages come in", any_moment),
    Scenario("bot-before-accept", "killed at the door: Redis has not got the message", at_the_door(done=False)),
    Scenario("bot-before-ack", "killed at the door: Redis has it, Slack was not told", at_the_door(done=True)),
    Scenario("bot-idle", "killed while idle; people write while it is away", idle),
    Scenario("bot-stopped", "SIGTERM of the bot: it ends within 10 s", stopped),
    Scenario("bot-copies", "each event comes four times while nobody works", copies),
    Scenario("bot-refreshed", "its sockets are cut or renewed in the middle of a burst", refreshed),
    Scenario("bot-dead-socket", "its socket goes dead without a word", dead_socket, within=120.0, slow=True),
)
