"""The demo of the tests before is killed; whoever starts it again finds nothing in the way."""

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from demo.run import CANNOT_START, FINE
from demo.services import leftovers
from tests.acceptance.product.conftest import Demo
from tests.fakes.typed_demo import TypedDemo

ANY_PORTS = ("--port", "0")  #: beside another demo that takes the usual ones at the same time


@pytest.fixture
def state(demo: Demo) -> Iterator[Path]:
    """The folder of the demo; of what is started on it nothing is left."""
    yield demo.folder
    leftovers.end(leftovers.of(demo.folder), within=0)


@pytest.mark.timeout(300)
def test_a_demo_is_alone_on_its_folder_and_leaves_nothing_behind_even_when_it_was_killed(
    demo: Demo, state: Path
) -> None:
    refused = TypedDemo(state, *ANY_PORTS)
    assert "is using" in refused.prints("--state-dir", within=60)
    assert refused.process.wait(timeout=30) == CANNOT_START
    demo.process.send_signal(signal.SIGKILL)
    demo.process.wait(timeout=30)
    left = {process.pid for process in leftovers.of(state)}
    assert len(left) >= 7, "valkey, prefect, its worker, mlflow, bot, worker, feed"
    [valkey] = [process for process in leftovers.of(state) if Path(process.exe()).name == "valkey-server"]

    again = TypedDemo(state, *ANY_PORTS)
    text = again.prints(r"Ending \d+ processes that an earlier demo left behind[\s\S]*is ready \(\d+ s\)[\s\S]*Ctrl-C")
    assert left.isdisjoint(process.pid for process in leftovers.of(state))
    assert not valkey.is_running()
    urls = re.findall(r"^  (Workspace|Prefect|MLflow) +(http://\S+)", text, flags=re.MULTILINE)
    assert [name for name, _ in urls] == ["Workspace", "Prefect", "MLflow"]
    assert {httpx.get(url, follow_redirects=True).status_code for _, url in urls} == {200}
    assert again.ends(signal.SIGINT) == FINE
    assert leftovers.of(state) == []
