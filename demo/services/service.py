"""What one child process is, before it runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Service:
    """A process that the demo starts, and how to tell that it is usable.

    Attributes:
        name: Lower case with dashes; names the log file too.
        command: The program and its arguments.
        folder: Where it runs; made when missing.
        environment: Its whole environment: nothing is inherited.
        ready: True once it can be used; must answer within about a second and must not raise.
        needs: Names of the services that must be ready before this one starts.
        start_within: Seconds until it must be ready.
        stop_within: Seconds it gets after SIGTERM before it is killed.
    """

    name: str
    command: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str]
    ready: Callable[[], bool]
    needs: tuple[str, ...] = field(default=())
    start_within: float = 180.0
    stop_within: float = 10.0


class ServiceFailed(Exception):
    """A service did not start; the message says which, what it said last, and where its log is."""
