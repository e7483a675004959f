"""Two pipelines are shared, registered, run, followed, asked about, run again, and changed."""

from demo.stories import sources, visible
from demo.stories.stage import RUN_SECONDS, Conversation, Stage

CHANNEL = "#ml-pipelines"
FIGURE = r"[01]\.\d+"


def churn(stage: Stage) -> None:
    """Alice announces her pipeline, drops the file in the thread, and goes on working with it."""
    thread = stage.open("alice", CHANNEL, "@trainmaster onboard my churn pipeline")
    thread.expect("trainmaster asks for the file", r"\.py|file")
    thread.says("alice", "", files=[sources.shipped(sources.CHURN)])
    _register_and_run(
        thread, "churn-prediction", parameters=("max_depth", "n_estimators", "test_size"), tasks=("train_model",)
    )
    ended = _follow(thread, "churn-prediction", model="churn", version="1")

    thread.says("alice", "@trainmaster how did the last run do?")
    roc_auc = _figure(ended, "roc_auc")
    thread.expect("the answer names the run's own figures", "churn-prediction", r"roc_auc", roc_auc)

    thread.says("alice", "@trainmaster plot the loss of the last run")
    thread.expect("a chart of it is in the thread", "Line chart of test_log_loss", "lowest")
    thread.says("alice", "@trainmaster confusion matrix of the last run")
    thread.expect("so is what it takes for what", "of 800 are right", "leaves: right in")

    thread.says("alice", "@trainmaster run it again with max_depth 5")
    thread.expect("a second run is followed, with the new parameter", "churn-prediction", r"max_depth\W+5", within=60)
    _end(thread, "churn-prediction", model="churn", version="2")
    thread.expect_clean()


def sentiment(stage: Stage) -> None:
    """Bob sends his file with the mention."""
    thread = stage.open(
        "bob", CHANNEL, "@trainmaster please onboard this one", files=[sources.shipped(sources.SENTIMENT)]
    )
    _register_and_run(
        thread, "sentiment-analysis", person="bob", parameters=("features", "epochs"), tasks=("write_reviews",)
    )
    _follow(thread, "sentiment-analysis", model="sentiment", version="1")
    thread.expect_clean()


def same_again(stage: Stage) -> None:
    """Alice shares the very same file once more."""
    thread = stage.open("alice", CHANNEL, "@trainmaster onboard this", files=[sources.shipped(sources.CHURN)])
    card = thread.expect("the card says that this very file is registered already", "already registered")
    thread.presses("alice", card, "Leave it")
    thread.expect_of(card, "the card says that everything stays as it was", "stays registered as it was")
    thread.expect_clean()


def changed(stage: Stage) -> None:
    """Alice changes a default and shares the file again; Bob may not decide for her."""
    before, after = "n_estimators: int = 80", "n_estimators: int = 150"
    thread = stage.open(
        "alice",
        CHANNEL,
        "@trainmaster onboard the new version",
        files=[sources.changed(sources.CHURN, before, after)],
    )
    card = thread.expect(
        "the card shows what changed against the registered version",
        "differs",
        rf"-\s+{before}",
        rf"\+\s+{after}",
    )
    thread.presses("bob", card, "Register only")
    thread.expect_private("bob", "Bob alone is told that only Alice can decide", "only", "U0ALICE")
    thread.presses("alice", card, "Register only")
    thread.expect_of(card, "the card says that the new version is registered", "is registered.*by @U0ALICE")
    thread.expect_clean()


CHAPTERS = {
    "The churn pipeline, from a file to a second run": churn,
    "The sentiment pipeline, sent with the mention": sentiment,
    "The same file again": same_again,
    "A changed file": changed,
}


def _register_and_run(
    thread: Conversation,
    pipeline: str,
    *,
    parameters: tuple[str, ...],
    tasks: tuple[str, ...],
    person: str = "alice",
) -> None:
    card = thread.expect("a plan card names the pipeline, its parameters and its tasks", pipeline, *parameters, *tasks)
    thread.presses(person, card, "Register & run")
    registered = rf"is registered as .* and running as .*by @U0{person}"
    thread.expect_of(card, "the plan card says that it is registered, and by whom", registered)


def _follow(thread: Conversation, pipeline: str, *, model: str, version: str) -> str:
    card = thread.expect("a run card appears", pipeline, "scheduled|starting|running|completed", within=60)
    thread.expect_of(card, "the run card follows the tasks", "load_customers|write_reviews", within=RUN_SECONDS)
    ended = _end(thread, pipeline, model=model, version=version)
    thread.expect_of(card, "the run card ends as completed, with every task", "completed", "train_model", "register")
    return ended


def _end(thread: Conversation, pipeline: str, *, model: str, version: str) -> str:
    message = thread.expect(
        "a message of its own tells the end, with metrics and the model version",
        f"{pipeline}.*completed in",
        rf"roc_auc\W+{FIGURE}",
        rf"{model}\W+(version|v)\W*{version}",
        within=RUN_SECONDS,
    )
    return visible.words(message)


def _figure(text: str, metric: str) -> str:
    """The figure of a metric as the text shows it, to be looked for elsewhere."""
    shown = text[text.index(metric) + len(metric) :].split()
    return next(word.strip("*`,·|") for word in shown if word.strip("*`,·|").replace(".", "", 1).isdigit())
