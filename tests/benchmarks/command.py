"""The command: measure what is asked for, keep it, and draw the page of everything that was kept."""

import argparse
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from demo.services.product import PASSED_ON
from tests.benchmarks import loads, machine, page
from tests.benchmarks.measure import Measure, Runner
from tests.benchmarks.measures import MEASURES
from tests.benchmarks.results import Results, taken_now

STATE = machine.CHECKOUT / ".trainmaster" / "bench"
PAGE = machine.CHECKOUT / "docs" / "benchmarks.md"

FINE, STOPPED, MISUSED = 0, 1, 2


def main(argv: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the command.

    Args:
        argv: The arguments after the program's name.
        environment: This process's; what in it would configure the product is left out of what is measured.

    Returns:
        0 when everything was measured, whatever the numbers; 1 when it was stopped; 2 when there is no such measure.
    """
    options = _parser().parse_args(argv)
    if options.list:
        for measure in MEASURES:
            _say(f"{measure.name:14} {measure.title}")
        return FINE
    names = [name for name in options.only.split(",") if name] or [measure.name for measure in MEASURES]
    chosen = {measure.name: measure for measure in MEASURES if measure.name in names}
    if unknown := [name for name in names if name not in chosen]:
        _say(f"There is no measure called {', '.join(unknown)}; there are {', '.join(m.name for m in MEASURES)}.")
        return MISUSED
    before = signal.signal(signal.SIGTERM, _interrupt)
    results = Results(options.state)
    try:
        if not options.draw:
            inherited = {name: value for name, value in environment.items() if name not in PASSED_ON}
            runner = Runner(repeats=options.repeat, quick=options.quick, say=_say, inherited=inherited)
            for measure in chosen.values():
                _measure(measure, runner, results)
    except KeyboardInterrupt:
        _say("Stopped; what was measured before is kept.")
        return STOPPED
    finally:
        signal.signal(signal.SIGTERM, before)
    write(results, options.write)
    _say(f"Written: {options.write}")
    return FINE


def write(results: Results, file: Path) -> None:
    """Draw the page of all kept results."""
    kept = {measure.name: found for measure in MEASURES if (found := results.of(measure.name)) is not None}
    file.parent.mkdir(parents=True, exist_ok=True)
    under_load = loads.kept_in(results.folder)
    drawn = page.render(MEASURES, kept, under_load=under_load, code=machine.digest_of_code())
    file.write_text(drawn, encoding="utf-8")


def _measure(measure: Measure, runner: Runner, results: Results) -> None:
    begun, busy = time.monotonic(), machine.busy()
    _say(f"{measure.name}: {measure.title}")
    result = taken_now(measure.name, measure.run(runner), busy=busy, quick=runner.quick)
    results.keep(result)
    for figure in result.figures:
        least, most = figure.spread
        goal = (
            "" if figure.goal is None else f", goal ≤ {page.number(figure.goal)}: {'met' if figure.met else 'MISSED'}"
        )
        _say(
            f"  {figure.name}: {page.quantity(figure.median, figure.unit)} "
            f"({page.number(least)} to {page.number(most)}){goal}"
        )
    _say(f"  took {time.monotonic() - begun:.0f} s")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measures what Trainmaster costs.")
    parser.add_argument("--only", default="", metavar="NAME,…", help="measure these alone; the page keeps the others")
    parser.add_argument("--repeat", type=int, default=page.REPEATS, metavar="N", help="how often (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="few repetitions: to see that it works")
    parser.add_argument("--list", action="store_true", help="name the measures")
    parser.add_argument("--draw", action="store_true", help="measure nothing; draw the page of what was kept")
    parser.add_argument("--write", type=Path, default=PAGE, metavar="FILE", help="the page (%(default)s)")
    parser.add_argument("--state", type=Path, default=STATE, metavar="FOLDER", help="the kept results (%(default)s)")
    return parser


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _say(line: str) -> None:
    print(line, file=sys.stderr if line.startswith("There is no") else sys.stdout, flush=True)
