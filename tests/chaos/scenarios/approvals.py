"""Promotions are approved, and whoever applies them dies: each is applied once, and none that nobody approved."""

from collections.abc import Callable

from tests.chaos import points
from tests.chaos.approvals import Approvals
from tests.chaos.play import Play, Scenario
from tests.chaos.proxy import Hold
from tests.chaos.scenarios.stores import VALKEY
from tests.chaos.scenarios.workers import CATCH_SECONDS, everyone
from tests.chaos.stack import BOT, WORKER

MLFLOW = "mlflow"
#: A promotion is applied within this time when nothing goes wrong; a strike at a random moment falls into it.
APPLIED_SECONDS = 1.2
APPROVED_AND_MORE = 4  #: promotions that are approved in each run

#: A place on the way: what is sent to which server, and whether it arrives before the sender dies.
Place = tuple[str, bytes, bool]
DECIDED: dict[str, Place] = {
    "decided": (VALKEY, points.PROPOSAL_APPROVED, True),
    "before its resources are held": (VALKEY, points.HOLD_RESOURCE, False),
    "its resources are held": (VALKEY, points.HOLD_RESOURCE, True),
    "before it is claimed": (VALKEY, points.PROPOSAL_CLAIMED, False),
    "claimed": (VALKEY, points.PROPOSAL_CLAIMED, True),
    "before it is begun": (VALKEY, points.PROPOSAL_BEGUN, False),
    "begun": (VALKEY, points.PROPOSAL_BEGUN, True),
    "before its call": (VALKEY, points.JOURNAL_BEGIN, False),
    "before the alias is moved": (MLFLOW, points.SET_ALIAS, False),
}
DONE: dict[str, Place] = {
    "the alias is moved": (MLFLOW, points.SET_ALIAS, True),
    "before the move is noted": (MLFLOW, points.NOTE_MOVE, False),
    "the move is noted": (MLFLOW, points.NOTE_MOVE, True),
    "before its result is kept": (VALKEY, points.JOURNAL_END, False),
    "its result is kept": (VALKEY, points.JOURNAL_END, True),
    "before its end is kept": (VALKEY, points.PROPOSAL_APPLIED, False),
}
KEPT: dict[str, Place] = {
    "its end is kept": (VALKEY, points.PROPOSAL_APPLIED, True),
    "before its end is written down": (VALKEY, points.WRITE_DOWN_APPLIED, False),
    "its end is written down": (VALKEY, points.WRITE_DOWN_APPLIED, True),
    "before its outcome is to be told": (VALKEY, points.RECORD_OUTCOME, False),
    "its outcome is to be told": (VALKEY, points.RECORD_OUTCOME, True),
    "before it is let go of": (VALKEY, points.RELEASE_RESOURCE, False),
    "before it is kept that all is told": (VALKEY, points.PROPOSAL_ANNOUNCED, False),
}


def undisturbed(play: Play) -> None:
    """Nobody dies: how long applying takes by itself, which is in every recovery."""
    approvals = Approvals(play)
    approvals.ask()
    approvals.approve()
    play.strike()


def any_moment(*, parent: bool, children: bool) -> Callable[[Play], None]:
    """A scenario: workers die while approved promotions are applied.

    Args:
        parent: Whether the parent dies.
        children: Whether children die: all of them with the parent, else one.
    """

    def play_it(play: Play) -> None:
        approvals = Approvals(play)
        approvals.ask()
        approvals.approve()
        play.pause(APPLIED_SECONDS)
        if parent and children:
            play.kill(*everyone(play))
        else:
            play.kill(everyone(play)[0] if parent else play.random.choice(play.stack.children()))

    return play_it


def at_one_of(places: dict[str, Place]) -> Callable[[Play], None]:
    """A scenario: the worker dies at one of these places, of any of the promotions."""

    def play_it(play: Play) -> None:
        approvals = Approvals(play)
        approvals.ask()
        where = play.random.choice(list(places))
        server, pattern, forward = places[where]
        skip = play.random.randrange(APPROVED_AND_MORE - 1)  # of the two rivals one comes no farther than its decision
        hold = play.stack.hold(server, (WORKER,), pattern, skip=skip, forward=forward)
        approvals.approve()
        _die(play, hold, where)

    return play_it


def moved_meanwhile(play: Play) -> None:
    """The worker dies when MLflow has moved the alias, and somebody else moves it on before another worker looks."""
    approvals = Approvals(play)
    approvals.ask(alone=1, rivals=False)
    hold = play.stack.hold(MLFLOW, (WORKER,), points.SET_ALIAS, forward=True)
    approvals.approve()
    hold.wait(CATCH_SECONDS)
    approvals.move_by_hand(approvals.promotions[0], "3")
    _die(play, hold, "the alias is moved")


def valkey_killed(play: Play) -> None:
    """Valkey dies with promotions that wait, are approved, are being applied; who sees nothing happen presses again."""
    approvals = Approvals(play)
    approvals.ask()
    approvals.approve()
    play.pause(APPLIED_SECONDS)
    play.kill(play.stack.main(VALKEY))
    approvals.approve_again()


def bot_at_the_click(play: Play) -> None:
    """The bot dies while it takes a click in; Redis has it already, or not yet. People press again."""
    approvals = Approvals(play)
    approvals.ask()
    done = play.random.random() < 0.5
    skip = play.random.randrange(APPROVED_AND_MORE)
    hold = play.stack.hold(VALKEY, (BOT,), points.ACCEPT_OTHER, skip=skip, forward=done)
    approvals.approve()
    hold.wait(CATCH_SECONDS)
    play.notes.append("it was taken in" if done else "it was not taken in")
    play.kill(play.stack.main(BOT))
    hold.drop()
    approvals.approve_again()


def _die(play: Play, hold: Hold, where: str) -> None:
    """Kill who was caught, or now and then all workers."""
    process = play.stack.owner(hold.wait(CATCH_SECONDS))
    whole = play.random.random() < 1 / 3
    play.notes.append(f"{where}; killed {'everyone' if whole else process.pid}")
    play.kill(*(everyone(play) if whole else [process]))
    hold.drop()


SCENARIOS = (
    Scenario("approval-undisturbed", "nothing goes wrong: what applying takes by itself", undisturbed),
    Scenario(
        "approval-child-any-moment",
        "a worker child is killed while approved promotions are applied",
        any_moment(parent=False, children=True),
        within=15.0,
    ),
    Scenario(
        "approval-parent-any-moment",
        "the workers' parent is killed while they are applied",
        any_moment(parent=True, children=False),
        within=15.0,
    ),
    Scenario(
        "approval-all-any-moment",
        "parent and children are killed while they are applied",
        any_moment(parent=True, children=True),
        within=15.0,
    ),
    Scenario(
        "approval-before-applied",
        "killed between the decision and the change, at any of its steps",
        at_one_of(DECIDED),
        within=15.0,
    ),
    Scenario(
        "approval-after-applied",
        "killed between the change in MLflow and its record",
        at_one_of(DONE),
        within=15.0,
    ),
    Scenario(
        "approval-before-told",
        "killed when it is on record that it is applied, before that is told",
        at_one_of(KEPT),
        within=15.0,
    ),
    Scenario(
        "approval-moved-meanwhile",
        "killed after the change, which somebody else has changed since: told, and left alone",
        moved_meanwhile,
        within=15.0,
    ),
    Scenario(
        "approval-valkey-killed",
        "Valkey is killed with promotions that wait, and others that are approved",
        valkey_killed,
        within=15.0,
    ),
    Scenario("approval-bot-at-click", "the bot is killed while it takes a click in", bot_at_the_click, within=15.0),
)
