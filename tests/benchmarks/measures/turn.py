"""What a turn costs beyond the model and the tool."""

import json
import subprocess
import sys

import redis

from demo.services import valkey
from demo.services.environment import child_environment
from demo.workspace.server import WorkspaceServer
from tests.benchmarks import moments
from tests.benchmarks.asking import Asker, Exchange
from tests.benchmarks.figures import RATIO, Figure, Readings, median
from tests.benchmarks.machine import CHECKOUT
from tests.benchmarks.measure import Measure, Runner
from tests.benchmarks.moments import Moment
from tests.benchmarks.place import Place, place, program, wait_until
from tests.benchmarks.subjects.hand_loop import QUESTION

QUESTIONS = 30
CHANNELS = 30
PAUSE_SECONDS = 0.26  #: our own budget lets four messages a second leave

#: The parts of a turn's way, in the order in which they are shown, and what each is.
PARTS = {
    "arrival": "From the person's post until a worker has the job: delivery, acceptance, queue.",
    "lease": "Taking the mailbox's head.",
    "presence": "Deciding on signs of life (they are shown from a thread of their own).",
    "memory": "Reading what was said before.",
    "loop": "LangGraph's own work: steps, channels, its threads.",
    "checkpoints": "Reading and writing checkpoints.",
    "model": "Telling the model of all tools, and calling it twice; it thinks for no time.",
    "journal": "Noting the tool call before and after.",
    "guard": "What stands round the call: access, check of arguments, time limit.",
    "tool": "The call itself, on a Prefect in memory.",
    "outbox": "Recording the answer.",
    "rest": "All else up to then: prompt, rendering, lease keeping.",
    "wait": "From the recorded answer until the courier sends it.",
    "post": "Slack's own call, until the person sees the answer.",
}

ABOUT = """
A person asks in the local workspace; a model that takes no time calls one read tool (on a Prefect in memory) and
answers. Bot, Valkey, worker, loop, guard, outbox and courier are the real ones. The other one is the same loop written
by hand on langchain-core in one process: model, tool, model, `chat.postMessage`; nothing stored, checked or recovered.
The parts are noted in the worker and are each the median of their own, so they add up to the whole only about.
"""


def run(runner: Runner) -> tuple[Figure, ...]:
    """Measure."""
    readings = Readings()
    with place(runner.inherited) as here, WorkspaceServer(limits=False) as slack:
        connection = here.valkey()
        tokens = {"slack_api": slack.api_url, "bot_token": slack.bot_token, "app_token": slack.app_token}
        environment = here.environment(**tokens, LOG_LEVEL="WARNING", WORKERS="1")
        worker = ("tests.benchmarks.subjects.zero_worker",)
        here.start(
            program("bot", ("bot",), environment, lambda: slack.connections > 0),
            program("worker", worker, environment, valkey.has_workers(here.ports.valkey)),
        )
        asker = Asker(slack.workspace, channels=CHANNELS)
        asker.ask_each([QUESTION] * 5, pause=PAUSE_SECONDS)  # what is done once only, is done
        for _ in runner.rounds():
            count = runner.count(QUESTIONS)
            by_hand = _by_hand(here, slack, count)
            moments.collected(connection)
            exchanges = asker.ask_each([QUESTION] * count, pause=PAUSE_SECONDS)
            _note(readings, exchanges, _moments_of(connection, exchanges), by_hand)
    return readings.figures


def _note(readings: Readings, exchanges: list[Exchange], noted: list[Moment], by_hand: list[float]) -> None:
    whole, other = median([one.seconds for one in exchanges]), median(by_hand)
    readings.add("ours against the loop by hand", RATIO, whole / other)
    readings.add(
        "overhead", "ms", (whole - other) * 1000, goal=150, means="Median of ours less the median of the loop by hand."
    )
    readings.add("ours", "ms", whole * 1000, means=f"Median of {QUESTIONS} questions, from the person's post to reply.")
    readings.add("by hand", "ms", other * 1000, means=f"Median of {QUESTIONS}, from the function's call to its return.")
    split = [parts_of(exchange, noted) for exchange in exchanges]
    for part, means in PARTS.items():
        seconds = median([parts.get(part, 0.0) for parts in split])
        readings.add(f"part: {part}", "ms", seconds * 1000, means=means)


def parts_of(exchange: Exchange, noted: list[Moment]) -> dict[str, float]:
    """What each part of one turn took, in seconds; they add up to the whole."""
    turn = next(one for one in noted if one.part == "rest" and one.about.endswith(exchange.thread))
    inside = moments.within(noted, turn)
    answer = next(one for one in inside if one.part == "outbox" and ":answer:" in one.about)
    post = next(one for one in noted if one.part == "post" and one.about == answer.about)
    spent = moments.own_seconds([one for one in inside if one.part != "post"], until=answer.ended)
    return {
        **spent,
        "arrival": turn.begun - exchange.asked,
        "wait": post.begun - answer.ended,
        "post": exchange.answered - post.begun,
    }


def _moments_of(connection: "redis.Redis", exchanges: list[Exchange]) -> list[Moment]:
    found: list[Moment] = []

    def complete() -> bool:
        found.extend(moments.collected(connection))
        turns = sum(one.part == "rest" for one in found)
        posts = sum(one.part == "post" for one in found)
        return turns >= len(exchanges) and posts >= len(exchanges)

    wait_until(complete, what="the worker's notes")
    return found


def _by_hand(here: Place, slack: WorkspaceServer, count: int) -> list[float]:
    environment = child_environment(here.inherited, state=here.state, home=here.state / "hand")
    module = "tests.benchmarks.subjects.hand_loop"
    arguments = [slack.api_url, slack.bot_token, "C0MLPIPE", str(count)]
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found: list[float] = json.loads(done.stdout)
    return found


MEASURE = Measure("turn", "What a turn costs", ABOUT, run)
