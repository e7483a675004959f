"""The command `python -m demo`: from a state folder to a table of addresses, until Ctrl-C or the end of a story."""

import argparse
import errno
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import tzlocal

from bot import manifest
from demo.interruption import StopRequest, stop_request
from demo.page.site import mount
from demo.services import leftovers, ports, state
from demo.services.service import ServiceFailed
from demo.stack import Stack
from demo.stories import catalogue as stories
from demo.workspace import seed
from demo.workspace.app_config import AppConfig
from demo.workspace.server import PortInUse, WorkspaceServer
from demo.workspace.workspace import Workspace

CHECKOUT = Path(__file__).resolve().parents[1]
ROOM_CHECK_SECONDS = 30.0

FINE, FAILED, CANNOT_START = 0, 1, 2


def main(argv: Sequence[str], inherited: Mapping[str, str]) -> int:
    """Run the command.

    Args:
        argv: The arguments after the program's name.
        inherited: The environment; children get an allow-list of it.

    Returns:
        0 when all went well, 1 when a story's expectation did not hold or something failed while running, 2 when the
        demo could not start and the person must change something.
    """
    options = _parser().parse_args(argv)
    if options.list:
        for name, summary in stories.summaries().items():
            _say(f"{name:12} {summary}")
        return FINE
    if options.story and options.story not in stories.summaries():
        return _refuse(f"There is no story called {options.story}; there are {', '.join(stories.summaries())}.")
    if options.headless and not options.story:
        return _refuse("--headless plays a story and ends: say which with --story NAME.")
    folder: Path = options.state_dir.resolve()
    try:
        with state.held(folder), stop_request() as stop:
            return _run(options, folder, stop, inherited)
    except state.CannotStart as exc:
        return _refuse(str(exc))
    except OSError as exc:
        if exc.errno != errno.ENOSPC:
            raise
        return _refuse(state.no_room(folder, free=shutil.disk_usage(folder).free))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m demo",
        description="Trainmaster on this machine: a local workspace in the browser, Prefect, MLflow, Valkey.",
    )
    parser.add_argument("--fresh", action="store_true", help="forget everything from earlier starts")
    parser.add_argument("--story", metavar="NAME", help="play a story through the workspace")
    parser.add_argument("--headless", action="store_true", help="play the story without a page for people, then end")
    parser.add_argument("--list", action="store_true", help="name the stories")
    usual = ports.USUAL.page
    parser.add_argument(
        "--port", type=_port, help=f"port of the page (default: {usual}, else a free one); 0: free ports for everything"
    )
    parser.add_argument(
        "--state-dir", type=Path, default=CHECKOUT / ".trainmaster", help="where everything is kept (%(default)s)"
    )
    return parser


def _port(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) > ports.HIGHEST:
        raise argparse.ArgumentTypeError(f"{text} is no port; there are 1 to {ports.HIGHEST}, and 0 for any free one")
    return int(text)


def _run(options: argparse.Namespace, folder: Path, stop: StopRequest, inherited: Mapping[str, str]) -> int:
    if options.fresh:
        state.require_a_demos(folder)  # before what lies in it is taken for a demo's, too
    _reap(folder)
    if options.fresh:
        state.forget(folder)
    state.require_room(folder)
    began = time.monotonic()
    chosen = ports.choose(folder, page=options.port or None, usual=not options.headless and options.port != 0)
    workspace = _workspace(folder / "workspace", chosen.page, page=not options.headless)
    stack = Stack(
        folder,
        workspace=workspace,
        ports=chosen,
        inherited=inherited,
        model="offline" if options.story else "",
        say=_say,
    )
    stop.told = stack.supervisor
    try:
        _say("Starting Valkey, Prefect, MLflow, the workspace and Trainmaster …")
        stack.start()
        if not options.headless:
            _say(table(stack.urls, seconds=time.monotonic() - began, folder=folder))
        held = not options.story or stories.play(
            options.story, workspace.workspace, behind=stack.behind, say=_say, stop=stop.asked
        )
        if not held and not options.fresh:
            _say("A story starts from nothing: on what earlier starts left, some of it cannot hold. Try --fresh.")
        if not options.headless:
            _wait(stop, folder)
    except ServiceFailed as exc:
        if stop.asked.is_set():
            return FINE
        state.require_room(folder)
        _say(f"Trainmaster did not start: {exc}")
        return FAILED
    else:
        return FINE if held else FAILED
    finally:
        _say("Stopping …")
        stack.stop()


def _workspace(folder: Path, port: int, *, page: bool) -> WorkspaceServer:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        server = WorkspaceServer(folder, port, app=_installed())
    except PortInUse as exc:  # somebody took it since we looked
        raise state.CannotStart(str(exc)) from exc
    settle(server.workspace)
    if page:
        mount(server.app, server.workspace)
    return server


def settle(workspace: Workspace) -> None:
    """Let its people live where this machine is: a time that is told is then the one on the page's own clock."""
    try:
        zone = tzlocal.get_localzone_name() or "UTC"  # nothing is configured, as in a bare container
    except (ValueError, LookupError, OSError):  # what this machine says of itself makes no sense
        return
    for human in seed.HUMANS:
        workspace.put_person(replace(workspace.person(human), tz=zone.replace("Etc/UTC", "UTC")))


def _installed() -> AppConfig:
    """The app as a person installs it: what its manifest asks for, and nothing else."""
    return AppConfig(scopes=frozenset(manifest.scopes()), events=frozenset(manifest.EVENTS))


def table(urls: Sequence[tuple[str, str, str]], *, seconds: float, folder: Path) -> str:
    """What a person needs to know once everything is ready."""
    rows = "\n".join(f"  {name:<10}  {url:<24}  {purpose}" for name, url, purpose in urls)
    return (
        f"\nTrainmaster is ready ({seconds:.0f} s).\n\n{rows}\n\n"
        f"  Logs and state are in {folder}\n  Ctrl-C stops everything; the next start goes on where this one ended.\n"
    )


def _reap(folder: Path) -> None:
    """End what a killed demo left running on this folder."""
    left = leftovers.of(folder)
    if left:
        _say(f"Ending {len(left)} process{'es' if len(left) > 1 else ''} that an earlier demo left behind …")
        leftovers.end(left, within=5)
    leftovers.cross_out_all(folder)


def _wait(stop: StopRequest, folder: Path) -> None:
    """Until somebody asks to stop; warns once when the disk fills up."""
    warned = False
    while not stop.asked.wait(ROOM_CHECK_SECONDS):
        free = shutil.disk_usage(folder).free
        if free < state.LEAST_FREE_BYTES and not warned:
            _say(state.no_room(folder, free=free))
        warned = free < state.LEAST_FREE_BYTES


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a command talks to the person who started it


def _refuse(reason: str) -> int:
    print(reason, file=sys.stderr, flush=True)  # noqa: T201 - the same
    return CANNOT_START
