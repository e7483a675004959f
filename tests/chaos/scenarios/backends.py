"""Prefect or MLflow is slow, refuses, breaks off, or is somebody else: every turn ends in one message, and in time."""

import time
from collections.abc import Callable

from tests.chaos.play import Play, Scenario, awaited
from tests.chaos.proxy import Proxy
from tests.chaos.stack import FEED, WORKER
from tools.breaker import REST_SECONDS, SPREAD

PREFECT, MLFLOW = "prefect", "mlflow"
QUESTIONS = {PREFECT: "list pipelines", MLFLOW: "list experiments"}
NAMES = {PREFECT: "Prefect", MLFLOW: "MLflow"}
STATUS_BY, STATUS_SECONDS = "carol", 60.0
SLOW_SECONDS = 12.0  #: longer than any call may take
ENOUGH_SECONDS = REST_SECONDS * (1 + SPREAD)  #: until a system that was left alone is asked again
BYTES = 40  #: of an answer, before it is cut

Spoil = Callable[[Proxy], None]
MANNERS: dict[str, tuple[str, Spoil]] = {
    "slow": ("takes 12 s for each answer", lambda proxy: proxy.slow(SLOW_SECONDS)),
    "away": ("refuses connections", lambda proxy: proxy.refuse()),
    "cut": ("breaks off in the middle of answers", lambda proxy: proxy.cut_after(BYTES)),
    "html": ("answers with a page", lambda proxy: proxy.answer_html()),
}


def spoiled(system: str, spoil: Spoil) -> Callable[[Play], None]:
    """A scenario: a system misbehaves while people ask for what it has; then it is well, and everything works."""

    def play_it(play: Play) -> None:
        wires = [play.stack.wires[role, system] for role in (WORKER, FEED)]
        rooms = [play.room() for _ in range(4)]
        for wire in wires:
            spoil(wire)
            wire.reset_all()
        play.strike()
        for place in range(8):
            play.traffic.question(rooms[place % 4], user=("alice", "bob")[place % 2], about=QUESTIONS[system])
        if system == MLFLOW:  # Prefect works all the while
            play.traffic.command(rooms[0], user="bob")
            play.traffic.change(rooms[0])
        play.answered()
        play.stack.workspace.workspace.command(STATUS_BY, rooms[0], "/mlops status").result(10)
        awaited(lambda: _told(play, system), seconds=STATUS_SECONDS, what="/mlops status was never answered")
        for wire in wires:
            wire.restore()
        time.sleep(ENOUGH_SECONDS)  # until whoever left the system alone asks it again
        play.burst(threads=3, each=1)
        play.expect(lambda: _unheard(play, system))

    return play_it


def _told(play: Play, system: str) -> str:
    """What `/mlops status` says of a system that misbehaves."""
    to = play.stack.workspace.workspace.person(STATUS_BY).id
    lines = (line for said in play.traffic.said if said.to == to for line in said.text.splitlines())
    return next((line for line in lines if "❌" in line and NAMES[system] in line), "")


def _unheard(play: Play, system: str) -> str:
    told = any(f"could not reach {NAMES[system]}" in said.text for said in play.traffic.said if not said.to)
    return "" if told else f"nobody was told that {NAMES[system]} could not be reached"


#: Four seconds, twice, until a worker leaves the system alone; the other questions wait behind these, and ask again.
WITHIN = {"slow": 60.0}

SCENARIOS = tuple(
    Scenario(
        f"backend-{system}-{manner}", f"{system} {words}", spoiled(system, spoil), WITHIN.get(manner, 10.0), slow=True
    )
    for system in (PREFECT, MLFLOW)
    for manner, (words, spoil) in MANNERS.items()
)
