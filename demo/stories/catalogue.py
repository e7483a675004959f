"""The one list of stories, and how one is played."""

import threading
from collections.abc import Callable, Mapping
from types import ModuleType

from demo.stories import deployment, failure, onboarding, promotion
from demo.stories.behind import NOTHING, Behind
from demo.stories.stage import Chapter, Interrupted, Stage
from demo.stories.transcript import Transcript
from demo.workspace.workspace import Workspace

STORIES: dict[str, ModuleType] = {
    "deployment": deployment,
    "failure": failure,
    "onboarding": onboarding,
    "promotion": promotion,
}


def summaries() -> dict[str, str]:
    """The stories by name, each with what it shows in a line."""
    return {name: (module.__doc__ or "").splitlines()[0] for name, module in STORIES.items()}


def play(name: str, workspace: Workspace, *, behind: Behind, say: Callable[[str], None], stop: threading.Event) -> bool:
    """Play the story called `name`, one of `summaries()`; see `perform`."""
    return perform(name, STORIES[name].CHAPTERS, workspace, behind=behind, say=say, stop=stop)


def perform(
    name: str,
    chapters: Mapping[str, Chapter],
    workspace: Workspace,
    *,
    behind: Behind = NOTHING,
    say: Callable[[str], None],
    stop: threading.Event,
) -> bool:
    """Play a story through the workspace and tell it as it happens.

    Args:
        name: What it is called at the end.
        chapters: Its parts by title, in order.
        workspace: Where Trainmaster listens.
        behind: What stands behind it.
        say: Told every line.
        stop: Ends the story early.

    Returns:
        Whether every expectation held.
    """
    stage = Stage(workspace, behind=behind, say=say, stop=stop)
    transcript = Transcript(workspace, say=say)
    unsubscribe = [workspace.subscribe(transcript.told), workspace.subscribe(stage.told)]
    try:
        for title, chapter in chapters.items():
            stage.chapter(title, chapter)
    except Interrupted:
        say("The story was stopped.")
        return False
    finally:
        for end in unsubscribe:
            end()
    say(f"\n{name}: {stage.held} of {stage.held + len(stage.broken)} expectations held.")
    for sentence in stage.broken:
        say(f"  ✗ {sentence}")
    return not stage.broken
