"""Fixtures that more than one folder of tests uses; each family of servers has a module of its own."""

import gc

import pytest
import structlog

# A trace with the values of every frame, which is structlog's usual, takes twenty seconds to draw.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S.%f", utc=True),
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)

pytest_plugins = [
    "tests.fixtures.valkey",
    "tests.fixtures.workspace",
    "tests.fixtures.backends",
    "tests.fixtures.browser",
    "tests.fixtures.cloud",
]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep tests together that share what is slow to start, when several processes run them."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(together(item)))


def pytest_sessionfinish() -> None:
    """Look through everything once: pytest does five times for exceptions that nobody saw, seconds in each process."""
    gc.collect()
    gc.freeze()


def together(item: pytest.Item) -> str:
    """One Prefect and one MLflow for runs, another for all else; one demo for its folder, one browser for a module."""
    names = set(getattr(item, "fixturenames", ()))
    spec = getattr(item, "callspec", None)
    if "prefect_pool" in names:
        return "pool"
    if "backends" in names or (
        spec is not None and "server" in spec.params.values() and names & {"prefect", "apart", "mlflow"}
    ):
        return "servers"
    return "demo" if "demo" in names else item.nodeid.split("::")[0]
