"""Starts services in the order of their needs, restarts what crashes, stops everything in reverse order."""

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from demo.services import leftovers
from demo.services.child import Child
from demo.services.service import Service, ServiceFailed

POLL_SECONDS = 0.05
STEADY_SECONDS = 60.0  #: a child that lived this long is restarted at once again
LONGEST_PAUSE = 30.0


def pause_before_restart(crashes: int) -> float:
    """Seconds to wait before the restart after the given number of crashes in a row; none after the first."""
    return min(LONGEST_PAUSE, 0.5 * 2.0 ** (crashes - 2)) if crashes > 1 else 0.0


class Supervisor:
    """The children of one demo.

    Args:
        state: The state folder: logs in `logs/`, process ids in `processes/`.
        say: Told every line that a person should see.
    """

    def __init__(self, state: Path, *, say: Callable[[str], None] = print) -> None:
        self._state = state
        self._say = say
        self._children: list[Child] = []
        self._ready: set[str] = set()
        self._crashes: dict[str, int] = {}
        self._restart_at: dict[str, float] = {}
        self._ending = threading.Event()
        self._hurried = threading.Event()
        self._watcher: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, services: Sequence[Service]) -> None:
        """Start `services`, each as soon as what it needs is ready, and return when all are.

        Raises:
            ServiceFailed: One ended or was not ready in time. The others go on until `stop`.
        """
        waiting = list(services)
        starting: list[Child] = []
        while waiting or starting:
            for service in [service for service in waiting if self._ready.issuperset(service.needs)]:
                waiting.remove(service)
                starting.append(self._launch(service))
            for child in list(starting):
                if self._is_up(child):
                    starting.remove(child)
                    self._ready.add(child.service.name)
                    self._say(f"  {child.service.name} is ready ({time.monotonic() - child.started:.1f} s)")
            if self._ending.wait(POLL_SECONDS):
                raise ServiceFailed("The demo was stopped while it was starting.")

    def watch(self) -> None:
        """From now on, restart a child that ends by itself, with a growing pause and a line that says so."""
        self._watcher = threading.Thread(target=self._keep_alive, name="supervisor", daemon=True)
        self._watcher.start()

    def child(self, name: str) -> Child:
        """The child that runs the service `name`.

        Raises:
            KeyError: There is none.
        """
        for child in self._children:
            if child.service.name == name:
                return child
        raise KeyError(name)

    def interrupt(self) -> None:
        """Make a `start` that is under way give up; safe in a signal handler."""
        self._ending.set()

    def hurry(self) -> None:
        """Make a `stop` that is under way kill what still runs; safe in a signal handler."""
        self._hurried.set()

    def stop(self) -> None:
        """Stop every child, those first that nothing else needs; nothing is left running after it."""
        self._ending.set()
        if self._watcher is not None:
            self._watcher.join(timeout=5)
        remaining = list(self._children)
        deadlines: dict[str, float] = {}
        while remaining:
            needed = {need for child in remaining for need in child.service.needs}
            for child in [child for child in remaining if child.service.name not in needed]:
                if child.service.name not in deadlines:
                    deadlines[child.service.name] = time.monotonic() + child.service.stop_within
                    child.ask_to_stop()
                deadline = 0.0 if self._hurried.is_set() else deadlines[child.service.name]
                if child.stopped(deadline=deadline):
                    remaining.remove(child)
            time.sleep(POLL_SECONDS)
        self._children.clear()
        leftovers.end(leftovers.of(self._state), within=3)

    def _launch(self, service: Service) -> Child:
        child = Child(service, state=self._state)
        self._children.append(child)
        child.start()
        return child

    def _is_up(self, child: Child) -> bool:
        service = child.service
        if not child.runs:
            raise ServiceFailed(
                f"{service.name} did not start ({child.ending}): {child.last_words()} [log: {child.log}]"
            )
        if service.ready():
            return True
        if time.monotonic() - child.started > service.start_within:
            raise ServiceFailed(
                f"{service.name} was not ready within {service.start_within:.0f} s: {child.last_words()} "
                f"[log: {child.log}]"
            )
        return False

    def _keep_alive(self) -> None:
        while not self._ending.wait(POLL_SECONDS):
            for child in self._children:
                if not child.runs:
                    self._revive(child)

    def _revive(self, child: Child) -> None:
        name = child.service.name
        if name not in self._restart_at:
            lived = time.monotonic() - child.started
            self._crashes[name] = 1 if lived > STEADY_SECONDS else self._crashes.get(name, 0) + 1
            pause = pause_before_restart(self._crashes[name])
            self._restart_at[name] = time.monotonic() + pause
            when = f"in {pause:g} s" if pause else "at once"
            self._say(f"{name} ended ({child.ending}); starting it again {when}. Its log: {child.log}")
        elif time.monotonic() >= self._restart_at[name]:
            del self._restart_at[name]
            try:
                child.start()
            except OSError as exc:  # the disk is full, or the program went away; it may come back
                self._say(f"{name} could not be started: {exc.strerror}.")
