"""A syntax error, a file without a flow, a task that fails, and a package that the pool does not have."""

from demo.stories import sources
from demo.stories.stage import RUN_SECONDS, Stage

CHANNEL = "#ml-pipelines"


def syntax_error(stage: Stage) -> None:
    """Alice shares a file that is no Python."""
    thread = stage.open("alice", CHANNEL, "@trainmaster onboard this", files=[sources.BROKEN_SYNTAX])
    thread.expect("the refusal names the file, the line and what to do", "half_written_pipeline.py", "line 5", "fix")
    thread.expect_clean()


def no_flow(stage: Stage) -> None:
    """Alice shares a file in which nothing is a flow, and then one that is fine."""
    thread = stage.open("alice", CHANNEL, "@trainmaster onboard this", files=[sources.NO_FLOW])
    thread.expect("the refusal says that there is no flow, and how to make one", "just_functions.py", "@flow")
    thread.says("alice", "sorry, this one", files=[sources.FAILING_TASK])
    card = thread.expect("the next file in the thread gets its card", "nightly-export", "day")
    thread.presses("alice", card, "Discard")
    thread.expect_of(card, "the card says that it was discarded", "discarded")
    thread.expect_clean()


def failing_task(stage: Stage) -> None:
    """A task fails; the thread says which and why, and the pipeline works with another parameter."""
    thread = stage.open("alice", CHANNEL, "@trainmaster onboard this", files=[sources.FAILING_TASK])
    card = thread.expect("a plan card names the pipeline", "nightly-export", "summarise")
    thread.presses("alice", card, "Register & run")
    ended = thread.expect(
        "the end names the task and the exception",
        "nightly-export.*failed after",
        "summarise",
        "ValueError: no scores to summarise",
        within=RUN_SECONDS,
    )
    thread.presses("alice", ended, "Logs")
    thread.expect_private("alice", "Alice alone is shown the log", "no scores to summarise")
    thread.says("alice", "@trainmaster why did it fail?")
    thread.expect("the answer names the error", "no scores to summarise")
    thread.says("alice", "@trainmaster run nightly-export with day=monday")
    thread.expect("the run with another parameter ends well", "nightly-export.*completed in", within=RUN_SECONDS)
    thread.says("alice", "@trainmaster run nightly-export with region=north")
    thread.expect("an unknown parameter is refused before anything starts, with those that exist", "region", r"\bday\b")
    thread.expect_clean()


def missing_package(stage: Stage) -> None:
    """A file imports what the pool lacks: said before it runs, and said after it ran all the same."""
    thread = stage.open("alice", CHANNEL, "@trainmaster onboard this", files=[sources.MISSING_PACKAGE])
    card = thread.expect("the plan card warns of the missing package", "demand-forecast", "prophecies", "missing|lacks")
    thread.presses("alice", card, "Register & run")
    thread.expect(
        "the end says that the package is missing",
        "demand-forecast.*(failed|crashed) ",
        "prophecies",
        within=RUN_SECONDS,
    )
    thread.expect_clean()


CHAPTERS = {
    "A syntax error": syntax_error,
    "No flow in the file": no_flow,
    "A task that fails": failing_task,
    "A missing package": missing_package,
}
