"""Finding out what a work pool's environment can import: a flow of ours that runs there and reports.

The flow asks the import system for names only; it imports none of what it finds. It reports in a Prefect artifact,
because that is readable through the API whatever the pool's kind, and no larger than we allow it to be.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tools.errors import Unavailable
from tools.pipelines.models import PoolEnvironment

PROBE_FLOW = "trainmaster-pool-probe"
"""The probe's name as a flow."""
PROBE_FUNCTION = "probe"
"""The function in the probe's source, for the entrypoint."""
PROBE_FILENAME = "trainmaster_pool_probe.py"
"""The file name of the probe's source, for the entrypoint."""
PROBE_ARTIFACT = "trainmaster-pool-probe"
"""The key of the artifact in which a probe's run reports; its data is what `environment_from` takes."""

_MOST_MODULES = 5000
_LONGEST_REPORT = 200_000
_MODULE = re.compile(r"[^\W\d]\w{0,79}")

_SOURCE = f'''"""Reports what this environment can import, for Trainmaster's plan cards. Imports none of it."""

import importlib.metadata
import json
import pkgutil
import platform

from prefect import flow
from prefect.artifacts import create_markdown_artifact


@flow(name="{PROBE_FLOW}")
def {PROBE_FUNCTION}() -> None:
    names = {{module.name for module in pkgutil.iter_modules()}} | set(importlib.metadata.packages_distributions())
    found = sorted(name for name in names if name.isidentifier() and len(name) <= 80 and not name.startswith("_"))
    report = {{
        "python": platform.python_version(),
        "modules": found[:{_MOST_MODULES}],
        "complete": len(found) <= {_MOST_MODULES},
    }}
    create_markdown_artifact(json.dumps(report), key="{PROBE_ARTIFACT}")
'''


def probe_source() -> bytes:
    """The source of the probe: a pipeline with one flow and no parameters, read, kept and run like any other."""
    return _SOURCE.encode()


def probe_digest() -> str:
    """The SHA-256 of the probe's source."""
    return hashlib.sha256(probe_source()).hexdigest()


def probe_uri() -> str:
    """The probe's source as a `data:` URI, which the pull step takes: a probe needs no store."""
    return f"data:text/x-python;base64,{base64.b64encode(probe_source()).decode()}"


def environment_from(report: str, *, as_of: datetime) -> PoolEnvironment:
    """What a probe's run reported.

    Args:
        report: The data of the run's artifact.
        as_of: When the run ended (timezone-aware).

    Raises:
        Unavailable: The report is not one that the probe writes.
    """
    told = _parsed(report)
    modules = [name for name in told["modules"] if isinstance(name, str) and _MODULE.fullmatch(name)]
    return PoolEnvironment(
        modules=frozenset(modules[:_MOST_MODULES]),
        complete=told["complete"] is True and len(modules) <= _MOST_MODULES,
        python=told["python"][:20],
        as_of=as_of,
    )


def _parsed(report: str) -> Mapping[str, Any]:
    try:
        told = json.loads(report) if len(report) <= _LONGEST_REPORT else None
    except (ValueError, RecursionError):
        told = None
    if (
        isinstance(told, Mapping)
        and isinstance(told.get("modules"), list)
        and isinstance(told.get("python"), str)
        and "complete" in told
    ):
        return told
    raise Unavailable("the work pool", "its probe answered with something that is not a report")
