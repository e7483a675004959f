"""Ports on loopback: which are free, and which this demo uses."""

import json
import socket
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # ships no types

from demo.services.state import CannotStart

HOST = "127.0.0.1"
REMEMBERED = "ports.json"
HIGHEST = 65_535


@dataclass(frozen=True, slots=True)
class Ports:
    """Who listens where."""

    page: int
    prefect: int
    mlflow: int
    valkey: int
    cloud: int


#: What a first start takes where it is free, so that bookmarks work.
USUAL = Ports(page=8700, prefect=4200, mlflow=5500, valkey=6390, cloud=8790)


def choose(state: Path, *, page: int | None = None, usual: bool = True) -> Ports:
    """The ports for this start: those of the last one where they are free, since old messages link to them.

    Args:
        state: The state folder, which remembers them.
        page: The port that the person asked for.
        usual: Prefer known ports, and remember; without it, any that are free, this once.

    Raises:
        CannotStart: `page` is in use.
    """
    if page is not None and not is_free(page):
        raise CannotStart(
            f"Port {page} is in use{_by_whom(page)}. Stop that program, or choose another port with --port."
        )
    if not usual:
        return Ports(page or free_port(), free_port(), free_port(), free_port(), free_port())
    last = _remembered(state)
    taken: set[int] = set() if page is None else {page}
    found = {}
    for name, preferred in asdict(USUAL).items():
        known = [port for port in (last.get(name, preferred), preferred) if port not in taken]
        found[name] = page if name == "page" and page is not None else free_port(*known)
        taken.add(found[name])
    ports = Ports(**found)
    (state / REMEMBERED).write_text(json.dumps(asdict(ports)), encoding="utf-8")
    return ports


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def free_port(*preferred: int) -> int:
    """The first of `preferred` that is free, else one that the system picks."""
    for port in preferred:
        if is_free(port):
            return port
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
        assert isinstance(port, int)  # noqa: S101 - the socket module types an address as Any
        return port


def _remembered(state: Path) -> dict[str, int]:
    with suppress(OSError, ValueError):
        kept = json.loads((state / REMEMBERED).read_text(encoding="utf-8"))
        return {name: port for name, port in kept.items() if isinstance(port, int)}
    return {}


def _by_whom(port: int) -> str:
    """` by NAME (process PID)`, where the system tells; empty where it does not."""
    with suppress(psutil.Error, OSError):
        for connection in psutil.net_connections(kind="tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    return ""
