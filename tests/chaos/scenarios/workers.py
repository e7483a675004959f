"""Workers that die: at any moment, and at each step of a turn."""

from collections.abc import Callable

import psutil  # type: ignore[import-untyped]  # ships no types

from tests.chaos import points
from tests.chaos.play import Play, Scenario
from tests.chaos.stack import FEED, WORKER, Needs

CATCH_SECONDS = 25.0
#: The first steps are taken within this time; a strike at a random moment falls into it.
ANY_MOMENT_SECONDS = 1.5


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
    play.kill(*_everyone(play))


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
        hold = play.hold(server, roles, pattern, skip=play.random.randint(0, most_skipped), forward=done)
        play.burst(changes=changes)
        process = play.stack.owner(hold.wait(CATCH_SECONDS))
        whole = play.random.random() < 1 / 3 and process in play.stack.children()
        play.notes.append(f"killed {'everyone' if whole else process.pid}")
        play.kill(*(_everyone(play) if whole else [process]))
        hold.drop()

    return play_it


def in_model_call(play: Play) -> None:
    """A worker dies while the model thinks."""
    play.stack.gemini.hold()
    play.burst(others=False)
    if not play.stack.gemini.wait(CATCH_SECONDS):
        raise AssertionError("the model was never asked")
    play.pause(0.3)
    play.kill(play.random.choice(play.stack.children()))
    play.stack.gemini.restore()


def _everyone(play: Play) -> list[psutil.Process]:
    """Parent and children; the parent first, so that it starts no other."""
    return [play.stack.main(WORKER), *play.stack.children()]


SCENARIOS = (
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
