"""The command: which scenarios, how often, side by side on how many stacks; and what came of it."""

import argparse
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.services.product import CHECKOUT
from tests.chaos import mutations, scenarios
from tests.chaos.play import Scenario
from tests.chaos.results import Result, Row, load, markdown_table, text_table

#: A run that takes longer hangs: its player is ended, and the run counts as one that could not be played.
RUN_SECONDS = 600.0
#: A guarantee that was taken away must be missed within so many runs.
MUTATION_RUNS = 3
MARKS = ("<!-- chaos -->", "<!-- /chaos -->")


@dataclass(frozen=True, slots=True)
class Part:
    """The runs of one scenario that are to be played, by one player."""

    scenario: Scenario
    runs: tuple[int, ...]
    mutation: str = ""


def main(argv: Sequence[str]) -> int:
    """Run the command.

    Returns:
        0 when everything held, 1 when something did not, 2 when the arguments make no sense.
    """
    options = _parser().parse_args(argv)
    if options.list:
        for one in scenarios.ALL:
            _say(f"{one.name:28} {one.promise}")
        for mutation in mutations.ALL:
            _say(f"{'mutation ' + mutation.name:28} {mutation.guarantee}: noticed by {mutation.scenario}")
        return 0
    chosen = scenarios.named(options.only)
    if not chosen:
        sys.stderr.write(f"No scenario is called {options.only}; --list names them.\n")
        return 2
    if options.mutation and not _mutations(options.mutation):
        sys.stderr.write(f"No mutation is called {options.mutation}; --list names them.\n")
        return 2
    folder = Path(tempfile.mkdtemp(prefix="trainmaster-chaos-"))
    file = options.resume or folder / "results.jsonl"
    stage = Stage(folder, file, jobs=options.jobs, checkout=options.checkout)
    _say(f"Results go to {file}, logs to {folder}.")
    if options.mutation:
        return _missed(stage, options.mutation, options.seed)
    done = load(file)
    left = [_left(one, options.runs, options.seed, done, brief=options.brief) for one in chosen]
    stage.play([part for part in left if part.runs], options.seed)
    rows = _rows(chosen, options.runs, options.seed, load(file))
    _say("\n" + text_table(rows))
    if options.write:
        write_down(options.write, markdown_table(rows))
    faults = [fault for row in rows for fault in row.faults(timed=not options.untimed)]
    for fault in faults:
        _say(f"✗ {fault}")
    again = sum(result.again for row in rows for result in row.played)
    _say(f"\n{len(faults)} faults. Messages for one person alone that came twice: {again} (Slack cannot be asked).")
    return 1 if faults else 0


class Stage:
    """Players, side by side, each in a process of its own with a stack of its own; they share nothing.

    Args:
        folder: For stacks and logs.
        file: Where each result goes, a line each.
        jobs: How many players.
        checkout: Where the product's code is.
    """

    def __init__(self, folder: Path, file: Path, *, jobs: int, checkout: Path = CHECKOUT) -> None:
        self._folder = folder
        self._file = file
        self._jobs = jobs
        self._checkout = checkout
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def play(self, parts: Sequence[Part], seed: int) -> list[Result]:
        """Play all parts and give their results, in the order in which they came."""
        waiting: queue.SimpleQueue[Part] = queue.SimpleQueue()
        # Those that need the same of a stack come one after another: a change of needs starts processes anew.
        # What takes longest goes first, so that no player is left alone with it.
        for part in sorted(parts, key=lambda part: (part.scenario.needs.order, -part.scenario.within)):
            waiting.put(part)
        found: list[Result] = []
        threads = [
            threading.Thread(target=self._work, args=(place, waiting, seed, found)) for place in range(self._jobs)
        ]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        except KeyboardInterrupt:  # the players have been told as well, and take their stacks down
            self._stopped.set()
            raise
        return found

    def _work(self, place: int, waiting: "queue.SimpleQueue[Part]", seed: int, found: list[Result]) -> None:
        player: _Player | None = None
        try:
            while True:
                try:
                    part = waiting.get_nowait()
                except queue.Empty:
                    return
                if player is None or player.mutation != part.mutation:
                    if player is not None:
                        player.end()
                    player = _Player(self._folder / f"player-{place}", part.mutation, self._checkout)
                for run in part.runs:
                    if self._stopped.is_set():
                        return
                    result = player.play(part.scenario, run, seed)
                    if not player.alive and not self._stopped.is_set():
                        player = _Player(self._folder / f"player-{place}", part.mutation, self._checkout)
                    self._take(result, part, found)
        finally:
            if player is not None:
                player.end()

    def _take(self, result: Result, part: Part, found: list[Result]) -> None:
        with self._lock:
            found.append(result)
            if not part.mutation:
                with self._file.open("a", encoding="utf-8") as file:
                    file.write(result.to_json() + "\n")
        _say(_line(result, part.scenario))


class _Player:
    """One player process."""

    def __init__(self, folder: Path, mutation: str, checkout: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.mutation = mutation
        with (folder / "player.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.player", str(folder), mutation, str(checkout)],
                cwd=CHECKOUT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def play(self, scenario: Scenario, run: int, seed: int) -> Result:
        """The result of one run; one that could not be played when the player dies or hangs."""
        begun = time.monotonic()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with _ended_after(self._process, RUN_SECONDS):
            try:
                self._process.stdin.write(f"{scenario.name} {run} {seed}\n")
                self._process.stdin.flush()
                line = self._process.stdout.readline()
            except OSError:
                line = ""
        if line:
            return Result.from_json(line)
        self.end()
        return Result(
            scenario.name, run, seed, broken="the player ended or hung", took=round(time.monotonic() - begun, 1)
        )

    def end(self) -> None:
        """Have it take its stack down, and wait."""
        if self._process.stdin is not None:
            try:
                self._process.stdin.close()
            except OSError:
                self._process.terminate()
        try:
            self._process.wait(90)
        except subprocess.TimeoutExpired:
            self._process.terminate()
            self._process.wait(60)


@contextmanager
def _ended_after(process: "subprocess.Popen[str]", seconds: float) -> Iterator[None]:
    timer = threading.Timer(seconds, process.terminate)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _mutations(name: str) -> list[mutations.Mutation]:
    return [one for one in mutations.ALL if name in {"all", one.name}]


def _missed(stage: Stage, name: str, seed: int) -> int:
    """Take guarantees away, one after another, and see whether their scenarios notice."""
    unnoticed = []
    for mutation in _mutations(name):
        [scenario] = scenarios.named(mutation.scenario)
        for run in range(MUTATION_RUNS):
            [result] = stage.play([Part(scenario, (run,), mutation.name)], seed)
            if result.lost or result.doubled or result.disordered or result.wrong:
                _say(f"✓ {mutation.guarantee}: {scenario.name} notices ({_what(result)})")
                break
        else:
            unnoticed.append(mutation.name)
            _say(f"✗ {mutation.guarantee}: {scenario.name} did not notice in {MUTATION_RUNS} runs")
    return 1 if unnoticed else 0


def write_down(page: Path, table: str) -> None:
    """Put the table between the marks of a page; a page without them is made of the table alone."""
    text = page.read_text("utf-8") if page.exists() else ""
    begin, end = MARKS
    if begin in text and end in text:
        before, after = text.split(begin, 1)[0], text.split(end, 1)[1]
        table = f"{before}{begin}\n{table}{end}{after}"
    page.write_text(table, encoding="utf-8")


def _left(one: Scenario, runs: int, seed: int, done: Sequence[Result], *, brief: bool) -> Part:
    wanted = 1 if one.slow and brief else min(runs, one.most or runs)
    played = {result.run for result in done if (result.scenario, result.seed) == (one.name, seed) and not result.broken}
    return Part(one, tuple(run for run in range(wanted) if run not in played))


def _rows(chosen: Sequence[Scenario], runs: int, seed: int, results: Sequence[Result]) -> list[Row]:
    latest: dict[tuple[str, int], Result] = {}
    for result in results:
        if result.seed == seed and result.run < runs:
            latest[result.scenario, result.run] = result  # one that could not be played is played again on resuming
    return [
        _row(one, tuple(result for (name, _), result in sorted(latest.items()) if name == one.name)) for one in chosen
    ]


def _row(one: Scenario, results: tuple[Result, ...]) -> Row:
    return Row(one.name, one.promise, one.within, one.failures, results)


def _line(result: Result, scenario: Scenario) -> str:
    if result.skipped:
        return f"- {result.scenario}: not played: {result.skipped}"
    if result.broken:
        return f"✗ {result.scenario} {result.run}: could not be played: {result.broken}"
    mark = "✗" if _row(scenario, (result,)).faults(timed=False) else "✓"
    notes = f" [{'; '.join(result.notes)}]" if result.notes else ""
    return (
        f"{mark} {result.scenario} {result.run}: {result.recovery:.1f} s ({result.took:.0f} s) {_what(result)}{notes}"
    )


def _what(result: Result) -> str:
    kinds = {"lost": result.lost, "doubled": result.doubled, "out of order": result.disordered, "failed": result.failed}
    told = [f"{kind}: {', '.join(found)}" for kind, found in kinds.items() if found]
    return "; ".join([*told, *result.wrong])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument(
        "--runs", type=int, default=2, metavar="N", help="how often each scenario is played (%(default)s)"
    )
    parser.add_argument("--only", default="", metavar="GLOB[,GLOB]", help="only the scenarios named like this")
    parser.add_argument("--seed", type=int, default=1, help="the same seed plays the same (%(default)s)")
    parser.add_argument("--jobs", type=int, default=1, help="so many stacks side by side (%(default)s)")
    parser.add_argument("--resume", type=Path, metavar="FILE", help="results file: runs in it are not played again")
    parser.add_argument("--brief", action="store_true", help="play what takes long once")
    parser.add_argument(
        "--untimed", action="store_true", help="a slow recovery is no fault: for a machine that has other work too"
    )
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="also write the table as Markdown, between the page's marks"
    )
    parser.add_argument("--mutation", default="", metavar="NAME", help="take a guarantee away (`all`: each in turn)")
    parser.add_argument("--checkout", type=Path, default=CHECKOUT, help="play with the product of another checkout")
    parser.add_argument("--list", action="store_true", help="name the scenarios and the mutations")
    return parser


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a command talks to the person who started it
