"""Workers that die: at any moment, and at each step of a turn; and, to compare with, none that does."""

import time
from collections.abc import Callable

import psutil  # type: ignore[import-untyped]  # ships no types

from tests.chaos import points
from tests.chaos.play import Play, Scenario
from tests.chaos.proxy import Caught
from tests.chaos.stack import FEED, WORKER, Needs

CATCH_SECONDS = 25.0
ORPHAN_SECONDS = 5.0
#: The first steps are taken within this time; a strike at a random moment falls into it.
ANY_MOMENT_SECONDS = 1.5


def undisturbed(play: Play) -> None:
    """Nobody dies: how long people wait by themselves, which is in every recovery."""
    play.burst()
    play.strike()


def any_moment(play: Play) -> None:
    """One child dies while turns are under way."""
    play.burst()
    play.pause(ANY_MOMENT_SECONDS)
    play.kill(play.random.choice(play.stack.children()))


def parent_any_moment(play: Play) -> None:
    """The parent dies, its children live on or not, as it happens."""
    play.burst()
    play.pause(ANY_MOMENT_SECONDS)
    play.kill(play.stack.main(WORKER))


def all_any_moment(play: Play) -> None:
    """Parent and children die at once."""
    play.burst()
    play.pause(ANY_MOMENT_SECONDS)
    play.kill(*everyone(play))


def at(
    server: str,
    pattern: bytes,
    *,
    roles: tuple[str, ...] = (WORKER,),
    most_skipped: int = 3,
    done: bool = False,
    changes: int = 2,
) -> Callable[[Play], None]:
    """A scenario: the process that is about to send this is killed before it can.

    Args:
        server: Whom it is sent to.
        pattern: What it looks like.
        roles: Whose lines are looked at.
        most_skipped: At random so many of them pass before.
        done: It arrives and is done; only the answer never comes.
        changes: How many of the questions ask for a run.
    """

    def play_it(play: Play) -> None:
        hold = play.stack.hold(server, roles, pattern, skip=play.random.randint(0, most_skipped), forward=done)
        play.burst(changes=changes)
        process = play.stack.owner(hold.wait(CATCH_SECONDS))
        whole = play.random.random() < 1 / 3 and process in play.stack.children()
        play.notes.append(f"killed {'everyone' if whole else process.pid}")
        play.kill(*(everyone(play) if whole else [process]))
        hold.drop()

    return play_it


def in_model_call(play: Play) -> None:
    """A worker dies while the model thinks."""
    play.stack.gemini.hold()
    play.burst(others=False)
    caught = play.stack.gemini.caught(CATCH_SECONDS)
    play.pause(0.3)
    play.kill(play.stack.owner(Caught(caught, b"")))
    play.stack.gemini.restore()


def orphan_with_a_late_write(play: Play) -> None:
    """A child freezes in the middle of a step, its parent dies, another answers; then the child's write arrives."""
    pattern = play.random.choice((points.JOURNAL_END, points.RECORD_ANSWER, points.FINISH, points.CHECKPOINT))
    hold = play.stack.hold("valkey", (WORKER,), pattern, skip=play.random.randint(0, 2))
    play.burst()
    orphan = _orphaned(play, hold.wait(CATCH_SECONDS))
    before = _losses(play)
    hold.release()
    orphan.resume()
    _refused(play, before)


def orphan_with_a_late_failure(play: Play) -> None:
    """The same while the model thinks; at last the model refuses, which the orphan would tell as a failure."""
    play.stack.gemini.hold()
    play.burst(threads=2, each=2, others=False)
    caught = play.stack.gemini.caught(CATCH_SECONDS)
    play.stack.gemini.refuse(caught)
    orphan = _orphaned(play, Caught(caught, b""))
    before = _losses(play)
    play.stack.gemini.release(caught)
    orphan.resume()
    _refused(play, before)


def _orphaned(play: Play, caught: Caught) -> psutil.Process:
    """Freeze the process that was caught, kill its parent, and wait until everybody has been answered by others."""
    orphan = play.stack.owner(caught)
    orphan.suspend()
    play.kill(play.stack.main(WORKER))
    play.stack.gemini.restore(but=caught.port)
    play.answered()
    return orphan


def _refused(play: Play, before: int) -> None:
    """Give the orphan time to do what it was about to do, until it is told that its lease has passed on."""
    deadline = time.monotonic() + ORPHAN_SECONDS
    while _losses(play) == before:
        if time.monotonic() > deadline:
            play.notes.append("the orphan was not told that its lease has passed on")
            return
        time.sleep(0.05)  # between two looks, within the deadline above


def _losses(play: Play) -> int:
    """How often a worker was told that its lease has passed on."""
    return play.stack.log(WORKER).count("lease_lost")


def stopped(play: Play) -> None:
    """SIGTERM while turns are under way."""
    play.burst()
    play.pause(ANY_MOMENT_SECONDS)
    play.stop(WORKER)


def everyone(play: Play) -> list[psutil.Process]:
    """Parent and children; the parent first, so that it starts no other."""
    return [play.stack.main(WORKER), *play.stack.children()]


SCENARIOS = (
    Scenario("worker-undisturbed", "nothing goes wrong: what answering takes by itself", undisturbed),
    Scenario(
        "worker-orphan-late-write",
        "a frozen child wakes up when another has taken over: its write arrives late",
        orphan_with_a_late_write,
        within=15.0,
    ),
    Scenario(
        "worker-orphan-late-failure",
        "the same, and what it has to say at last is that it failed",
        orphan_with_a_late_failure,
        within=15.0,
        needs=Needs(gemini=True),
    ),
    Scenario("worker-stopped", "SIGTERM of the worker: it ends within 10 s, others go on", stopped, within=15.0),
    Scenario("worker-child-any-moment", "a worker child is killed at any moment", any_moment),
    Scenario("worker-parent-any-moment", "the workers' parent is killed at any moment", parent_any_moment),
    Scenario("worker-all-any-moment", "parent and children are killed at any moment", all_any_moment),
    Scenario("worker-before-lease", "killed before it takes the lease of a thread", at("valkey", points.TAKE)),
    Scenario(
        "worker-after-lease",
        "killed when the lease is taken and it does not know",
        at("valkey", points.TAKE, done=True),
    ),
    Scenario("worker-in-model-call", "killed while the model thinks", in_model_call, needs=Needs(gemini=True)),
    Scenario("worker-in-read", "killed in a tool that reads", at("prefect", points.PREFECT_READ)),
    Scenario(
        "worker-in-change",
        "killed in a tool that starts a run, before Prefect hears of it",
        at("prefect", points.PREFECT_START, most_skipped=1, changes=3),
    ),
    Scenario(
        "worker-after-change",
        "killed when Prefect has started the run and it does not know",
        at("prefect", points.PREFECT_START, most_skipped=1, changes=3, done=True),
    ),
    Scenario("worker-before-journal", "killed between a tool's end and the journal", at("valkey", points.JOURNAL_END)),
    Scenario("worker-before-outbox", "killed between the journal and the outbox", at("valkey", points.RECORD_ANSWER)),
    Scenario(
        "worker-in-post",
        "killed while it posts: Slack has not got it",
        at("slack", points.POST_ANSWER, roles=(WORKER, FEED)),
    ),
    Scenario(
        "worker-after-post",
        "killed while it posts: Slack has got it and the answer never comes",
        at("slack", points.POST_ANSWER, roles=(WORKER, FEED), done=True),
    ),
    Scenario(
        "worker-before-settled",
        "killed when Slack has answered, before that is noted",
        at("valkey", points.SETTLE_ANSWER, roles=(WORKER, FEED)),
    ),
)
