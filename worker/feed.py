"""The feed: what happens to runs in Prefect, as news for the workers. It can be killed at any time.

An event says only *that* something happened to a run; a worker then reads how it stands. So events may be lost, doubled
or out of order without harm, and after every gap the runs whose end was not told yet are simply looked at again.
"""

import contextlib
import math
import signal
import time
from datetime import UTC, datetime
from threading import Event

import redis
import structlog

from bot.errors import BotError
from bot.events import RunChanged
from bot.mailbox import Accepted
from bot.patience import START_SECONDS, patiently
from bot.reloading import on_hangup
from bot.settings import BadSettings, Settings
from bot.stopping import end_in_time
from tools.errors import ToolError
from worker import probing, wiring
from worker.follower import Follower, RunEvent, standing
from worker.runs import followed_key, take_unread
from worker.services import Services
from worker.sweeper import Sweeper
from worker.watch import AliasWatch

log = structlog.get_logger()

TAG = "trainmaster"
CURSOR = "tm:feed:v1:cursor"
RECONCILE_SECONDS = 30.0
AGAIN_SECONDS = 5.0  #: until it is tried again when Prefect did not answer
REFRESHED = 3  #: live runs of which nothing is new, at each reconciliation: a fifth of what edits a minute may be
PACE_SECONDS = 0.4  #: a run with many short tasks is news at most so often
PREPARED_SECONDS = 600.0  #: how long Prefect is taken to have what it must


def serve(settings: Settings) -> int:
    """Follow until SIGTERM or SIGINT.

    Returns:
        The exit code: 0 after a clean stop, 1 when Slack or Redis could not be reached at the start.
    """
    stop = Event()
    try:
        services = patiently(lambda: wiring.build(settings, draining=stop), seconds=START_SECONDS)
        services.connection.ping()
    except (BotError, BadSettings, redis.RedisError) as exc:
        away = f"Redis does not answer ({type(exc).__name__})"
        reason = away if isinstance(exc, redis.RedisError) else str(exc)
        log.error("feed_cannot_start", reason=reason)  # noqa: TRY400 - a sentence for the operator, no trace
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end_in_time(stop))
    on_hangup(lambda: wiring.put_in_force(settings, services.policies, services.auditor))
    services.courier.start()
    sweeper = Sweeper(
        services.connection, services.mailbox, services.jobs, proposals=services.proposals, team=services.team
    )
    sweeper.start()
    watch = AliasWatch(services)
    watch.start()
    log.info("feed_serving")
    Feed(services).run(stop)
    watch.stop()
    sweeper.stop()
    services.courier.stop()
    services.auditor.log.close()
    return 0


class Feed:
    """Turns Prefect's events into news."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._dirty: set[str] = set()
        self._known: set[str] = set()
        self._told: dict[str, float] = {}
        self._stood: dict[str, str] = {}
        self._latest: datetime | None = None
        self._reconciled = -RECONCILE_SECONDS
        self._prepared = -math.inf

    def run(self, stop: Event) -> None:
        """Follow until told to stop."""
        settings = self._services.settings
        follower = Follower(
            settings.prefect_api_url,
            api_key=settings.prefect_api_key.get_secret_value() if settings.prefect_api_key else "",
            auth_string=settings.prefect_api_auth_string.get_secret_value() if settings.prefect_api_auth_string else "",
            connected=self._connected,
        )
        for event in follower.events(self._since(), stop):
            try:
                self._note(event)
                self._flush()
            except redis.RedisError as exc:
                log.warning("feed_lost_redis", reason=type(exc).__name__)
                stop.wait(1.0)

    def reconcile(self) -> None:
        """Look at the runs that no event may have told of.

        These are the followed ones that are live no more, the live ones that do not stand as they did when an event or
        the last look told of them, those that could not be read, and a few of the others in turn, so that the time on
        their cards goes on. To look at all of them would be 1,000 jobs for 1,000 runs; to look again at those that
        events told of would spend the edits that the next of them need.
        """
        if self._services.clock() - self._prepared > PREPARED_SECONDS:
            self._prepare()
        followed = {str(run) for run in self._services.connection.smembers(followed_key(self._services.team))}
        self._known |= followed
        try:
            live = self._services.backends.prefect.live_runs()
        except ToolError as exc:
            log.warning("reconcile_without_prefect", reason=str(exc))
            self._stood.clear()
            self._reconciled = time.monotonic() - RECONCILE_SECONDS + AGAIN_SECONDS
            return
        stand = {run.id: standing(run.state_name, run.run_count) for run in live}
        moved = {run for run, how in stand.items() if self._stood.get(run) != how}
        aged = time.monotonic() - RECONCILE_SECONDS
        still = [run for run in stand.keys() - moved if self._told.get(run, -math.inf) <= aged]
        still.sort(key=lambda run: self._told.get(run, -math.inf))
        self._stood = stand
        self._dirty |= (followed - stand.keys()) | moved | take_unread(self._services) | set(still[:REFRESHED])
        self._known = stand.keys() | self._dirty
        self._told = {run: at for run, at in self._told.items() if run in self._known}
        self._reconciled = time.monotonic()

    def _connected(self) -> None:
        """The event stream is there again: so is Prefect, and what was missed is to be looked at now."""
        with contextlib.suppress(ToolError):
            self._services.backends.prefect.ping()
        self._stood.clear()
        self._reconciled = -RECONCILE_SECONDS

    def _prepare(self) -> None:
        """What Prefect must have: the pool, what is known of it, the automation that notices a dead worker's runs."""
        prefect = self._services.backends.prefect
        try:
            prefect.ensure_pool()
            prefect.ensure_heartbeat_automation()
            probing.daily(self._services, first=self._prepared == -math.inf)
        except ToolError as exc:
            log.warning("prefect_not_prepared", reason=str(exc))
            return
        self._prepared = self._services.clock()

    def _note(self, event: RunEvent | None) -> None:
        if event is None:
            return
        if TAG in event.tags:
            self._known.add(event.run)
        if event.run in self._known:
            self._dirty.add(event.run)
            if event.stands:
                self._stood[event.run] = event.stands
        self._latest = max(event.occurred, self._latest or event.occurred)

    def _flush(self) -> None:
        if time.monotonic() - self._reconciled > RECONCILE_SECONDS:
            self.reconcile()
        now = time.monotonic()
        for run in [run for run in self._dirty if now - self._told.get(run, 0.0) > PACE_SECONDS]:
            self._tell(run)
            self._dirty.discard(run)
            self._told[run] = now
        if self._latest is not None:
            self._services.connection.set(CURSOR, self._latest.isoformat())
            self._latest = None

    def _tell(self, run: str) -> None:
        team = self._services.team
        item = RunChanged(id=f"{run}-{time.time_ns()}", team=team, run=run)
        if self._services.mailbox.accept(item)[0] is Accepted.ACCEPTED:
            self._services.jobs.attend(f"{team}:run:{run}")

    def _since(self) -> datetime:
        kept = self._services.connection.get(CURSOR)
        return datetime.fromisoformat(str(kept)) if kept else datetime.now(UTC)
