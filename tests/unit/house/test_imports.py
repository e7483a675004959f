"""What importing costs and what it does, seen in a fresh interpreter."""

import json

import pytest

from tests.unit.house.tree import python

#: `google` and `google.cloud` are in every process, empty: a file beside Google's packages makes them at its start.
HEAVY = (
    *("langchain", "langchain_core", "langchain_google_genai", "langgraph", "prefect", "mlflow"),
    *("google.api_core", "google.auth", "google.genai", "google.protobuf"),
    *("google.cloud.aiplatform_v1", "google.cloud.storage", "matplotlib", "numpy", "pandas", "pyarrow"),
)

LOADED = f"""
import json, sys
import {{module}}
print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))
"""

#: Runs the worker's command up to its first fork, tells what is open at that moment, and lets no child serve.
AT_THE_FORK = (
    f"HEAVY = {HEAVY!r}"
    """
import json, os, signal, socket, sys, threading
connected = []
sys.addaudithook(lambda event, arguments: connected.append(str(arguments[1])) if event == "socket.connect" else None)

def look():
    import psutil
    from prefect.client.schemas import responses
    from worker import skinny
    from worker.agent import functions
    print(json.dumps({
        "threads": [thread.name for thread in threading.enumerate()],
        "sockets": len(psutil.Process().net_connections("all")),
        "connected": connected,
        "loaded": [name for name in HEAVY if name in sys.modules],
        "described": functions.function_of.cache_info().currsize > 0,
        "complete": responses.DeploymentResponse.__pydantic_complete__,
        "jobs": "worker.jobs" in sys.modules,
        "unneeded": [name for name in (*skinny.MISSING, *skinny.HOLLOW) if name in sys.modules],
    }), flush=True)

def leave():
    os.kill(os.getppid(), signal.SIGTERM)
    os._exit(0)

os.register_at_fork(before=look, after_in_child=leave)
from worker import cli
sys.exit(cli.main([]))
"""
)

CONFIGURED = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "WORKERS": "1"}


@pytest.mark.parametrize("module", ["bot.app", "bot.cli"])
def test_the_bot_loads_no_model_no_prefect_no_mlflow_and_no_google(module: str) -> None:
    assert json.loads(python(LOADED.format(module=module))) == []


def test_a_view_is_drawn_without_redis_or_slack() -> None:
    code = (
        "import json, sys, bot.views.plan, bot.views.run, bot.views.final\n"
        "print(json.dumps([n for n in ('redis', 'slack_sdk', 'rq') if n in sys.modules]))"
    )
    assert json.loads(python(code)) == []


@pytest.mark.parametrize("model", ["offline", "gemini-flash-latest"])
def test_all_is_loaded_and_nothing_is_open_when_the_worker_forks_its_children(model: str) -> None:
    configured = {**CONFIGURED, "MODEL": model, "GOOGLE_API_KEY": "no-key"}
    seen = json.loads(python(AT_THE_FORK, **configured).splitlines()[0])
    loaded = seen.pop("loaded")
    assert {"langgraph", "prefect", "mlflow"} <= set(loaded)
    assert ("google.genai" in loaded) == (model != "offline"), "who has the rules alone waits for no client"
    assert seen == {
        "threads": ["MainThread"],
        "sockets": 0,
        "connected": [],
        "described": True,
        "complete": True,
        "jobs": True,
        "unneeded": [],
    }
    late = [name for name in loaded if name.startswith(("google.cloud.", "matplotlib", "numpy", "pandas", "pyarrow"))]
    assert late == [], "they are loaded by the first call that needs them, or never"


def test_what_libraries_are_loaded_without_is_there_afterwards() -> None:
    code = (
        "import importlib, json\n"
        "from worker import skinny\n"
        "skinny.load()\n"
        "names = (*skinny.MISSING, *skinny.HOLLOW)\n"
        "print(json.dumps([name for name in names if len(dir(importlib.import_module(name))) < 10]))"
    )
    assert json.loads(python(code)) == [], "a module with nothing in it has six names"


def test_importing_the_product_reads_no_environment_and_prints_nothing() -> None:
    code = "import bot.cli, worker.cli, tools.catalogue, worker.jobs, demo.run"
    assert python(code, SLACK_BOT_TOKEN="", PORT="not a number", WORKERS="many") == ""
