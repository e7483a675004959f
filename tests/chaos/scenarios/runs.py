"""A run is followed to its end, whoever dies on the way."""

import time
from collections.abc import Callable

import httpx

from tests.chaos.play import Play, Scenario, awaited
from tests.chaos.stack import FEED, Needs

SERVER, POOL = "prefect", "prefect-worker"
LASTS_SECONDS = 4.0
BEGIN_SECONDS = 60.0
#: Prefect notices a dead run when heartbeats fail to come: 30 s apart, missed for 90 s.
NOTICED_SECONDS = 180.0


def feed_killed(play: Play) -> None:
    """The feed dies while a run is under way."""
    run = _begun(play)
    play.pause(LASTS_SECONDS)
    play.kill(play.stack.main(FEED))
    _told(play, run, seconds=60.0)


def feed_stopped(play: Play) -> None:
    """SIGTERM of the feed while a run is under way."""
    run = _begun(play)
    play.pause(LASTS_SECONDS)
    play.stop(FEED)
    _told(play, run, seconds=60.0)


def pool_killed(play: Play) -> None:
    """The Prefect worker dies, and the run's process with it: nobody can tell Prefect that it is over."""
    run = _begun(play, lasts=25.0)
    time.sleep(play.random.uniform(1.5, 6.0))  # its first heartbeat has left by then
    play.kill(*play.stack.tree(POOL))
    state = _told(play, run, seconds=NOTICED_SECONDS)
    play.expect(lambda: "" if state == "CRASHED" else f"the run is told as {state}")


def server_killed(play: Play) -> None:
    """The Prefect server dies during a run and comes back."""
    run = _begun(play, lasts=8.0)
    play.pause(3.0)
    play.kill(*play.stack.tree(SERVER))
    awaited(play.stack.prefect_answers, seconds=120, what="Prefect did not come back")
    _told(play, run, seconds=NOTICED_SECONDS)


def _begun(play: Play, *, lasts: float = LASTS_SECONDS) -> str:
    """The id of a run that was asked for and has begun."""
    message = play.traffic.change(play.room(), seconds=lasts)
    [asked] = [one for one in play.traffic.asked if one.turn.endswith(message.ts)]

    def begun() -> str | None:
        found = play.run_of(asked.number)
        return str(found["id"]) if found and found["state_type"] == "RUNNING" else None

    return awaited(begun, seconds=BEGIN_SECONDS, what="the run did not begin")


def _told(play: Play, run: str, *, seconds: float) -> str:
    """Wait until the end of a run is told; how it ended. It must be told once and then be followed no more."""
    deadline = time.monotonic() + seconds
    prefix = f"run:{run}:end:"
    while not (ends := [said for said in play.traffic.said if said.entry.startswith(prefix)]):
        if time.monotonic() > deadline:
            play.expect(lambda: f"the end of run {run[:8]} was not told within {seconds:.0f} s")
            return ""
        time.sleep(0.1)  # between two looks, within the deadline above
    play.recovered(ends[0].at)
    play.expect(lambda: _once(play, prefix))
    play.expect(lambda: "the run is still followed" if play.followed(run) else "")
    try:
        found: str = play.stack.prefect("GET", f"/flow_runs/{run}").raise_for_status().json()["state_type"]
    except httpx.HTTPError as exc:
        return type(exc).__name__
    return found


def _once(play: Play, prefix: str) -> str:
    ends = [said for said in play.traffic.said if said.entry.startswith(prefix)]
    return "" if len(ends) == 1 else f"the end was told {len(ends)} times"


def _scenario(
    name: str, promise: str, play: Callable[[Play], None], *, within: float, most: int | None = None
) -> Scenario:
    return Scenario(name, promise, play, within=within, slow=most is not None, most=most, needs=Needs(pool=True))


SCENARIOS = (
    _scenario("feed-killed", "the feed is killed during a run: its end is told once", feed_killed, within=45.0),
    _scenario("feed-stopped", "SIGTERM of the feed during a run", feed_stopped, within=45.0),
    _scenario(
        "prefect-worker-killed",
        "the Prefect worker dies with the run: the run is told as crashed",
        pool_killed,
        within=NOTICED_SECONDS,
        most=3,
    ),
    _scenario(
        "prefect-server-killed",
        "the Prefect server dies during a run: its end is told",
        server_killed,
        within=NOTICED_SECONDS,
        most=3,
    ),
)
