"""The command `python -m tests.benchmarks.load`."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bot.settings import Settings
from demo.services.service import ServiceFailed
from demo.services.state import CannotStart
from tests.benchmarks import machine
from tests.benchmarks.load import burst, cards, idle, steady
from tests.benchmarks.load.results import Result, Row
from tests.benchmarks.load.site import Site

HELD, NOT_HELD, CANNOT_START = 0, 1, 2
FOLDER = machine.CHECKOUT / ".trainmaster"
MINUTES = 10.0
BUSY = 0.25  #: of all cores in the minute before; more of it is said beside the numbers

Outcome = tuple[list[Row], str]
Open = Callable[[], Site]


def main(argv: Sequence[str], inherited: Mapping[str, str]) -> int:
    """Run the command.

    Args:
        argv: The arguments after the program's name.
        inherited: The environment; the product's processes get an allow-list of it.

    Returns:
        0 when every goal was met, 1 when one was not, 2 when the product could not be started.
    """
    options = _parser().parse_args(argv)
    held = True
    for name in options.only:
        _say(f"load {name} …")
        try:
            result = _taken(name, options, inherited)
        except (CannotStart, ServiceFailed) as exc:
            _say(str(exc))
            return CANNOT_START
        _say(result.table())
        if options.write is not None:
            _say(f"  written to {result.write(options.write)}")
        held = held and result.held
    return HELD if held else NOT_HELD


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.load",
        description="Trainmaster's processes under load, Slack's limits enforced by the local workspace.",
    )
    parser.add_argument(
        "--only", type=_names, default=list(LOADS), metavar="A,B", help=f"of {', '.join(LOADS)} (default: all)"
    )
    parser.add_argument("--minutes", type=float, default=MINUTES, help="how long `steady` asks (%(default)s)")
    parser.add_argument(
        "--rate", type=float, default=steady.PER_SECOND, help="turns a second of `steady` (%(default)s)"
    )
    parser.add_argument("--scale", type=float, default=1.0, help="a part of every size, to try it out (%(default)s)")
    workers = Settings.model_fields["workers"].default
    parser.add_argument("--workers", type=int, default=workers, help="worker children (%(default)s, as by default)")
    parser.add_argument(
        "--write",
        type=Path,
        nargs="?",
        const=FOLDER / "bench",
        metavar="FOLDER",
        help=f"write load-NAME.json for each load (to {FOLDER / 'bench'})",
    )
    parser.add_argument("--state-dir", type=Path, default=FOLDER / "load", help="emptied first (%(default)s)")
    return parser


def _names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := [name for name in names if name not in LOADS]:
        raise argparse.ArgumentTypeError(f"there is no load {unknown[0]}; there are {', '.join(LOADS)}")
    return names


def _taken(name: str, options: argparse.Namespace, inherited: Mapping[str, str]) -> Result:
    taken = datetime.now(UTC).isoformat(timespec="seconds")
    busy = machine.busy()
    rows, note = LOADS[name](
        lambda: Site(options.state_dir.resolve(), inherited=inherited, workers=options.workers), options
    )
    facts = {**machine.facts(), "Workers": str(options.workers), "Code": machine.digest_of_code()}
    remarks = [note]
    if options.scale != 1 or (name == "steady" and options.minutes != MINUTES):
        remarks.insert(0, f"Not the real size (scale {options.scale:g}, {options.minutes:g} minutes): just a try.")
    if busy > BUSY:
        remarks.insert(0, f"The machine was busy with other work before ({busy:.0%}).")
    return Result(f"load-{name}", taken, facts, tuple(rows), "\n".join(filter(None, remarks)))


def _steady(site: Open, options: argparse.Namespace) -> Outcome:
    with site() as opened:
        return steady.run(opened, minutes=options.minutes * options.scale, per_second=options.rate)


def _burst(site: Open, options: argparse.Namespace) -> Outcome:
    with site() as opened:
        return burst.run(opened, scale=options.scale)


def _cards(site: Open, options: argparse.Namespace) -> Outcome:
    with site() as opened:
        return cards.run(opened, scale=options.scale)


def _idle(site: Open, options: argparse.Namespace) -> Outcome:
    return idle.run(site, scale=options.scale)


LOADS: dict[str, Callable[[Open, argparse.Namespace], Outcome]] = {
    "steady": _steady,
    "burst": _burst,
    "cards": _cards,
    "idle": _idle,
}


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a command talks to the person who started it
