import os
import signal
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # ships no types
import pytest

from demo.services import leftovers
from demo.services.service import ServiceFailed
from demo.services.supervisor import pause_before_restart
from tests.fixtures.waiting import until
from tests.integration.demo_services.conftest import Household

SLEEPS = "import time; time.sleep(600)"


def says_ready(path: Path) -> str:
    """A program that makes a file once it has been up for a moment."""
    return f"import time; time.sleep(0.3); open({str(path)!r}, 'w').close(); time.sleep(600)"


def test_a_service_starts_only_when_what_it_needs_is_ready(household: Household) -> None:
    first, seen = household.state / "first.up", household.state / "seen"
    looks = f"import os, time; open({str(seen)!r}, 'w').write(str(os.path.exists({str(first)!r}))); time.sleep(600)"
    household.supervisor.start(
        [
            household.service("second", looks, needs=("first",), ready=seen.exists),
            household.service("first", says_ready(first), ready=first.exists),
        ]
    )
    until(lambda: seen.read_text() != "")
    assert seen.read_text() == "True"


def test_a_service_that_ends_at_once_is_reported_with_its_last_words(household: Household) -> None:
    dies = household.service("dies", "raise SystemExit('the cellar is flooded')", ready=lambda: False)
    with pytest.raises(ServiceFailed, match=r"dies did not start \(exit status 1\): the cellar is flooded"):
        household.supervisor.start([dies])


def test_a_service_that_is_never_ready_is_given_up(household: Household) -> None:
    with pytest.raises(ServiceFailed, match="slow was not ready within 0 s"):
        household.supervisor.start([household.service("slow", SLEEPS, ready=lambda: False, start_within=0.2)])


def test_a_crashed_service_is_started_again_and_said_so(household: Household) -> None:
    household.supervisor.start([household.service("steady", SLEEPS)])
    household.supervisor.watch()
    first = household.supervisor.child("steady").pid
    os.kill(first, signal.SIGKILL)
    until(lambda: household.supervisor.child("steady").pid != first)
    assert household.supervisor.child("steady").runs
    assert [line for line in household.said if "steady ended (killed by SIGKILL); starting it again at once" in line]


def test_the_pause_before_a_restart_grows_to_half_a_minute() -> None:
    assert [pause_before_restart(crashes) for crashes in range(1, 9)] == [0, 0.5, 1, 2, 4, 8, 16, 30]


def test_stopping_ends_dependents_before_what_they_need(household: Household) -> None:
    order = household.state / "order"
    ends = (
        "import signal, sys, time\n"
        f"def end(*_):\n  open({str(order)!r}, 'a').write(sys.argv[1] + ' ')\n  time.sleep(0.2)\n  sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\nopen('up', 'w').close()\ntime.sleep(600)\n"
    )
    up = {name: household.state / name / "up" for name in ("base", "top")}
    base = household.service("base", ends.replace("sys.argv[1]", "'base'"), ready=up["base"].exists)
    top = household.service("top", ends.replace("sys.argv[1]", "'top'"), ready=up["top"].exists, needs=("base",))
    household.supervisor.start([top, base])
    household.supervisor.stop()
    assert order.read_text() == "top base "


def test_a_service_that_ignores_sigterm_is_killed(household: Household) -> None:
    up = household.state / "deaf" / "up"
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); open('up', 'w').close(); time.sleep(600)"
    )
    household.supervisor.start([household.service("deaf", deaf, ready=up.exists, stop_within=0.3)])
    pid = household.supervisor.child("deaf").pid
    household.supervisor.stop()
    assert not psutil.pid_exists(pid)


def test_stopping_ends_what_a_child_started_in_a_session_of_its_own(household: Household) -> None:
    pid_file = household.state / "parent" / "pid"
    parent = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', {SLEEPS!r}], start_new_session=True)\n"
        "open('tmp', 'w').write(str(child.pid))\nimport os; os.rename('tmp', 'pid')\ntime.sleep(600)\n"
    )
    household.supervisor.start([household.service("parent", parent, ready=pid_file.exists)])
    grandchild = int(pid_file.read_text())
    assert psutil.pid_exists(grandchild)
    household.supervisor.stop()
    assert not psutil.pid_exists(grandchild)


def test_nothing_is_written_down_after_a_stop(household: Household) -> None:
    household.supervisor.start([household.service("one", SLEEPS)])
    assert list((household.state / "processes").iterdir())
    household.supervisor.stop()
    assert not list((household.state / "processes").iterdir())


def test_a_hurried_stop_waits_for_nobody(household: Household) -> None:
    up = household.state / "deaf" / "up"
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); open('up', 'w').close(); time.sleep(600)"
    )
    household.supervisor.start([household.service("deaf", deaf, ready=up.exists, stop_within=60)])
    household.supervisor.hurry()
    household.supervisor.stop()
    assert leftovers.of(household.state) == []
