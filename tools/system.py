"""How the systems behind the tools are doing."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from tools import deadline
from tools.errors import ToolError
from tools.spec import Arguments, Backends, Call, Command, Effect, Result, ToolResult, tool

#: Seconds for all that is asked of one system; all are asked at the same time.
LOOK_SECONDS = deadline.LOOK_SECONDS + 0.5


class SystemStatus(Arguments):
    """Nothing to say."""


class SystemHealth(Result):
    """One system.

    Attributes:
        name: Its name.
        good: Whether it does its work.
        detail: Version and time it took to answer, or what is wrong.
    """

    name: str
    good: bool
    detail: str


class SystemsHealth(Result):
    """All systems, in the order of the answer."""

    systems: tuple[SystemHealth, ...]


@tool(
    permission="system:status:read",
    effect=Effect.READ,
    timeout=45,
    arguments=SystemStatus,
    result=SystemsHealth,
    command=Command("status", "", "Say whether Prefect, its work pool, MLflow and Google Cloud answer."),
)
def system_status(_: SystemStatus, backends: Backends, __: Call) -> ToolResult:
    """Say whether Prefect, the work pool's workers, MLflow and, where configured, Google Cloud answer.

    Use it when asked whether things are up.
    """
    looks: list[Callable[[], tuple[SystemHealth, ...]]] = [
        lambda: _prefect_and_pool(backends),
        lambda: (_looked_at("MLflow", lambda: _mlflow(backends)),),
    ]
    if backends.storage.configured and backends.storage.default_bucket:
        looks.append(lambda: (_looked_at("Cloud Storage", lambda: _storage(backends)),))
    if backends.vertex.configured:
        looks.append(lambda: (_looked_at("Vertex AI", lambda: _vertex(backends)),))
    systems = [one for found in _at_once(looks) for one in found]
    alone = _left_alone(backends)
    systems = [one.model_copy(update={"detail": f"{one.detail}{alone.get(one.name, '')}"}) for one in systems]
    lines = [f"- {'✅' if one.good else '❌'} **{one.name}**: {one.detail}" for one in systems]
    return ToolResult("\n".join(lines), SystemsHealth(systems=tuple(systems)))


def _left_alone(backends: Backends) -> dict[str, str]:
    """What to add about each system that some worker does not ask just now; read after the look, which asks again."""
    try:
        found = backends.desk.left_alone()
    except ToolError:  # nobody is there who knows the other workers
        return {}
    return {
        each.system: f"; {each.workers} worker{'s leave' if each.workers > 1 else ' leaves'} it alone since "
        f"{each.since:%H:%M} UTC ({each.reason})"
        for each in found
    }


def _at_once(looks: list[Callable[[], tuple[SystemHealth, ...]]]) -> Iterable[tuple[SystemHealth, ...]]:
    """What all of them find, in their order; one that waits holds up no other."""

    def in_time(look: Callable[[], tuple[SystemHealth, ...]]) -> tuple[SystemHealth, ...]:
        with deadline.within(LOOK_SECONDS):
            return look()

    with ThreadPoolExecutor(max_workers=len(looks), thread_name_prefix="status") as pool:
        asked = [pool.submit(copy_context().run, in_time, look) for look in looks]
        return [each.result() for each in asked]


def _prefect_and_pool(backends: Backends) -> tuple[SystemHealth, ...]:
    prefect = _looked_at("Prefect", lambda: _prefect(backends))
    pool = _looked_at(f"Work pool `{backends.prefect.work_pool}`", lambda: _pool(backends, known=prefect.good))
    return prefect, pool


def _looked_at(name: str, look: Callable[[], str]) -> SystemHealth:
    try:
        return SystemHealth(name=name, good=True, detail=look())
    except ToolError as exc:
        return SystemHealth(name=name, good=False, detail=str(exc))


def _prefect(backends: Backends) -> str:
    answer = backends.prefect.ping()
    return f"version {answer.version}, {_answered(answer.milliseconds, answer.rested)}"


def _mlflow(backends: Backends) -> str:
    answer = backends.mlflow.ping()
    return f"version {answer.version or 'not told'}, {_answered(answer.milliseconds, answer.rested)}"


def _storage(backends: Backends) -> str:
    answer = backends.storage.ping()
    return f"bucket `{backends.storage.default_bucket}`, {_answered(answer.milliseconds, answer.rested)}"


def _vertex(backends: Backends) -> str:
    answer = backends.vertex.ping()
    return _answered(answer.milliseconds, answer.rested)


def _answered(milliseconds: int, rested: str) -> str:
    again = f"; it had not answered {rested}, and is asked again from now on" if rested else ""
    return f"answered in {milliseconds} ms{again}"


def _pool(backends: Backends, *, known: bool) -> str:
    if not known:
        raise ToolError("I cannot tell while Prefect does not answer.")
    pool = backends.prefect.pool()
    if pool is None:
        raise ToolError("it does not exist; runs cannot start.")
    if pool.paused:
        raise ToolError("it is paused; runs wait until somebody resumes it.")
    if not pool.online_workers:
        raise ToolError("no worker is online; runs wait until one is started.")
    return f"{pool.online_workers} worker{'s' if pool.online_workers > 1 else ''} online"
