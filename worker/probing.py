"""When the work pool is asked again what it has installed: every day, and when what it lacks stops somebody."""

from datetime import timedelta

import structlog

from tools.errors import ToolError
from tools.pipelines.models import PipelineReading, PoolEnvironment
from worker.services import Services

log = structlog.get_logger()

DAILY = timedelta(days=1)
DOUBTED = timedelta(minutes=10)  #: what is missing may have been installed since


def daily(services: Services, *, first: bool) -> None:
    """Ask the pool unless it has answered within a day; one that never has is asked at the `first` look alone.

    Raises:
        ToolError: Prefect does not answer.
    """
    known = services.backends.prefect.pool_environment()
    if (known or first) and _older(services, known, DAILY):
        _ask(services, known, once_in="%Y%m%d" if known else "%Y%m%d%H")


def doubted(services: Services, known: PoolEnvironment | None) -> bool:
    """Ask the pool, since something is missing by what is known of it, unless that was found out just now.

    Returns:
        Whether it is asked.
    """
    if not _older(services, known, DOUBTED):
        return False
    try:
        _ask(services, known, once_in="%Y%m%d%H")
    except ToolError as exc:
        log.warning("pool_not_asked", reason=str(exc))
        return False
    return True


def after_missing_module(services: Services) -> None:
    """Ask the pool, since a run found less there than it needed."""
    try:
        known = services.backends.prefect.pool_environment()
    except ToolError as exc:
        log.warning("pool_not_asked", reason=str(exc))
        return
    doubted(services, known)


def lacks(reading: PipelineReading) -> bool:
    """Whether a file imports something that the pool is not known to have, though it could."""
    return any(one.kind in {"missing", "unknown"} and not one.module.startswith(".") for one in reading.imports)


def _older(services: Services, known: PoolEnvironment | None, age: timedelta) -> bool:
    return known is None or services.now() - known.as_of > age


def _ask(services: Services, known: PoolEnvironment | None, *, once_in: str) -> None:
    """Start a probe; while none finishes, as on a pool without a worker, one in so much time and no more."""
    seen = f"{known.as_of:%Y%m%d%H%M%S}" if known else "never"
    services.backends.prefect.start_pool_probe(key=f"probe-{seen}-{services.now():{once_in}}")
