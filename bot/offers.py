"""Pipeline files that people share without turning to us: which of them an offer is made for."""

from bot.events import DELETED, Dropped, FileRef, Turn


def is_pipeline(file: FileRef) -> bool:
    """Whether a file that is still there is a pipeline's, by its name."""
    return file.mode != DELETED and file.name.lower().endswith(".py")


def dropped_in(turn: Turn) -> Dropped | None:
    """The pipeline files of a message that opens a thread and does not turn to us; None where there are none."""
    names = tuple(file.name for file in turn.files if is_pipeline(file))
    if not names or turn.mention or turn.direct or turn.thread.root != turn.ts:
        return None
    return Dropped(id=turn.id, thread=turn.thread, actor=turn.actor, names=names)
