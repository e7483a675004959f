"""Processes die; what was asked is answered all the same."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import httpx
import psutil  # type: ignore[import-untyped]  # ships no types
import pytest

from demo.services.environment import child_environment
from tests.acceptance.product.conftest import ROOT, Demo

pytestmark = pytest.mark.timeout(400)

FLOW = '''import time
from prefect import flow, task


@task
def waiting(seconds: float) -> None:
    time.sleep(seconds)


@flow(name="slowly")
def slowly(seconds: float = 6.0) -> None:
    """Take a while."""
    waiting(seconds)
'''


class Person:
    """Alice, through the workspace's control API."""

    def __init__(self, demo: Demo) -> None:
        self._client: httpx.Client = demo.control()

    def says(self, text: str, *, thread: str | None = None, files: tuple[tuple[str, str], ...] = ()) -> str:
        body = {
            "user": "alice",
            "channel": "#ml-pipelines",
            "text": text,
            "thread_ts": thread,
            "files": [{"name": name, "text": content} for name, content in files],
        }
        return str(self._client.post("/post", json=body).raise_for_status().json()["ts"])

    def presses(self, ts: str, action: str) -> None:
        body = {"user": "alice", "channel": "#ml-pipelines", "ts": ts, "action_id": action}
        assert self._client.post("/click", json=body).raise_for_status().json()["ok"]

    def sees(self, thread: str, pattern: str, *, seconds: float = 90) -> str:
        """The `ts` of the newest message of the thread in which the pattern is found."""
        deadline = time.monotonic() + seconds
        while True:
            found = [m["ts"] for m in self._messages(thread) if re.search(pattern, repr(m))]
            if found:
                return str(found[-1])
            assert time.monotonic() < deadline, self._messages(thread)
            time.sleep(0.2)  # between two looks, within the deadline above

    def count(self, thread: str, pattern: str) -> int:
        return sum(bool(re.search(pattern, message["text"])) for message in self._messages(thread))

    def _messages(self, thread: str) -> list[dict[str, str]]:
        query = {"channel": "#ml-pipelines", "thread_ts": thread}
        found: list[dict[str, str]] = self._client.get("/messages", params=query).json()["messages"]
        return [message for message in found if message["ts"] != thread]


@pytest.fixture
def alice(demo: Demo) -> Person:
    return Person(demo)


def ours(demo: Demo, *arguments: str) -> list[psutil.Process]:
    """The demo's processes that run `python ARGUMENTS…`, parents before their children."""
    found = []
    for process in psutil.Process(demo.process.pid).children(recursive=True):
        try:
            if process.cmdline()[1:] == list(arguments):
                found.append(process)
        except psutil.NoSuchProcess:
            continue
    return found


def wait_for(reached: Callable[[], object], *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.2)  # between two looks, within the deadline above


def test_a_worker_child_that_is_killed_is_replaced_and_the_next_question_answered(demo: Demo, alice: Person) -> None:
    parent, *children = ours(demo, "-m", "worker")
    for child in children:
        child.kill()
    wait_for(lambda: len(set(parent.children()) - set(children)) == len(children))
    alice.sees(alice.says("@trainmaster hello"), "Hello")


def test_children_do_not_outlive_a_worker_that_is_killed(demo: Demo, alice: Person) -> None:
    parent, *children = ours(demo, "-m", "worker")
    parent.kill()
    _, alive = psutil.wait_procs(children, timeout=90)
    assert alive == []
    alice.sees(alice.says("@trainmaster hello"), "Hello")


def test_a_killed_bot_comes_back_and_misses_nothing(demo: Demo, alice: Person) -> None:
    [bot] = ours(demo, "-m", "bot")
    bot.kill()
    thread = alice.says("@trainmaster hello")
    alice.sees(thread, "Hello")
    assert alice.count(thread, "Hello") == 1


def test_a_run_that_ends_while_the_feed_is_dead_is_told_when_it_is_back(demo: Demo, alice: Person) -> None:
    thread = alice.says("@trainmaster onboard this", files=(("slowly.py", FLOW),))
    alice.presses(alice.sees(thread, "plan.register_and_run"), "plan.register_and_run")
    alice.sees(thread, "running as|is registered and running")
    [feed] = ours(demo, "-m", "worker", "feed")
    feed.send_signal(signal.SIGSTOP)
    feed.kill()
    alice.sees(thread, "completed in", seconds=150)
    assert alice.count(thread, "completed in") == 1


def test_the_doctor_finds_nothing_wrong_with_a_running_demo(demo: Demo) -> None:
    [bot] = ours(demo, "-m", "bot")
    environment = {**child_environment(os.environ, state=demo.folder, home=demo.folder / "client"), **bot.environ()}
    answer = subprocess.run(
        [sys.executable, "-m", "worker", "doctor"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "✗" not in answer.stdout
    assert "Prefect work pool" in answer.stdout
