"""Prefect, MLflow and LangGraph, loaded without what nobody here uses: a worker answers a second sooner.

MLflow is loaded as its small distribution (`mlflow-skinny`) is: a client, without what reads data frames and arrays.
Where pandas is installed, `import mlflow` loads it, and numpy, pyarrow and scipy with it, and FastAPI for a gateway;
MLflow goes without them where they are missing, so they are taken to be missing. All three load parts of themselves,
or of LangSmith, that they touch only when somebody asks for them: those stay hollow meanwhile. Whoever imports
either afterwards gets it whole.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

MISSING = ("numpy", "pandas", "pyarrow", "scipy", "mlflow.gateway")
HOLLOW = (
    "mlflow.genai",  # judges and scorers of language models
    "prefect.blocks.notifications",
    "prefect.blocks.webhook",
    "langsmith.types",  # of LangSmith's own API: some hundred models, of which a single name is asked for
)


def load() -> None:
    """Import the three libraries, as far as they have not been imported before."""
    with _missing(MISSING), _hollow(HOLLOW):
        import langgraph.graph  # noqa: F401, PLC0415 - under these conditions
        import mlflow  # noqa: F401, PLC0415
        import prefect  # noqa: F401, PLC0415


@contextmanager
def _missing(names: Sequence[str]) -> Iterator[None]:
    """Let an import of these fail as where they are not installed."""
    hidden = [name for name in names if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # Python's own way to say: there is no such module
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


@contextmanager
def _hollow(names: Sequence[str]) -> Iterator[None]:
    """Let an import of these give a module with nothing in it; what lies inside it can be imported."""
    emptied = {name: ModuleType(name) for name in names if name not in sys.modules}
    for name, module in emptied.items():
        module.__path__ = _folders(name)
    sys.modules |= emptied
    try:
        yield
    finally:
        for name, module in emptied.items():
            package, _, leaf = name.rpartition(".")
            del sys.modules[name]
            if package in sys.modules and vars(sys.modules[package]).get(leaf) is module:
                delattr(sys.modules[package], leaf)


def _folders(name: str) -> list[str]:
    """Where what lies inside a package is found, without importing anything."""
    top, *inside = name.split(".")
    found = find_spec(top)
    return [str(Path(folder, *inside)) for folder in found.submodule_search_locations or ()] if found else []
