"""MLflow as its small distribution (`mlflow-skinny`) is: a client, without what reads data frames and arrays.

Where pandas is installed, `import mlflow` loads it, and numpy, pyarrow and scipy with it: a third of the modules, and
nearly half of the time, that a worker would need for MLflow. MLflow itself goes without them where they are missing,
so they are taken to be missing while it is loaded; whoever imports them later gets them.
"""

import sys

UNNEEDED = ("numpy", "pandas", "pyarrow", "scipy")


def load_mlflow() -> None:
    """Import MLflow, unless it has been imported before."""
    hidden = [name for name in UNNEEDED if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # Python's own way to say: there is no such module
    try:
        import mlflow  # noqa: F401, PLC0415 - while the others are hidden
    finally:
        for name in hidden:
            del sys.modules[name]
