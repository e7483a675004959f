"""The worker's command line."""

import argparse
import gc
import sys
from collections.abc import Callable
from functools import partial

from bot import logs, policy_file
from bot.settings import BadSettings, Settings, load
from worker import skinny


def main(arguments: list[str]) -> int:
    """Run one command and give its exit code: 0 well, 1 stopped by itself or found faults, 2 cannot start."""
    parser = argparse.ArgumentParser(prog="python -m worker", description="Trainmaster's working side.")
    parser.add_argument("command", nargs="?", choices=["serve", "feed", "doctor"], default="serve")
    command = parser.parse_args(arguments).command
    try:
        settings = load()
        policy_file.check(settings.policy_file)
    except BadSettings as exc:
        sys.stderr.write(f"Trainmaster's worker cannot start.\n{exc}\n")
        return 2
    logs.configure(level=settings.log_level, form=settings.log_format)
    return _run(command, settings)


def _run(command: str, settings: Settings) -> int:
    gc.disable()  # what is loaded stays: to look through it for garbage, then or ever after, is time lost
    serve = _loaded(command, settings)
    gc.freeze()
    gc.enable()
    return serve()


# Every process loads what it needs, once its settings are known to make sense: Prefect, MLflow and LangGraph take
# seconds, and a typing error in the policy is told in half of one.
def _loaded(command: str, settings: Settings) -> Callable[[], int]:
    skinny.load()
    from worker import wiring  # noqa: PLC0415 - see above

    wiring.export_environment(settings)
    match command:
        case "feed":
            from worker import feed  # noqa: PLC0415 - see above

            return partial(feed.serve, settings)
        case "doctor":
            from worker import doctor  # noqa: PLC0415 - see above

            return partial(doctor.run, settings)
        case _:
            from worker import children, rehearsal  # noqa: PLC0415 - see above

            rehearsal.rehearse(settings)
            return children.Parent(settings.workers, partial(children.serve, settings)).run
