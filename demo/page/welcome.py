"""What a person sees before there is anything to see, and the quick commands above the composer."""

import html
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from demo.page.markup import avatar, icon, markup
from demo.page.visit import Visit

_PIPELINES: Final = Path(__file__).parents[1] / "pipelines"
_SAMPLE: Final = "churn_prediction_pipeline.py"


@dataclass(frozen=True, slots=True)
class Chip:
    """A quick command.

    Attributes:
        label: What stands on it.
        picture: Material name of its icon.
        text: What is sent.
        file: A file that goes with it.
    """

    label: str
    picture: str
    text: str
    file: Path | None = None


def chips(visit: Visit) -> tuple[Chip, ...]:
    """The quick commands that make sense where the person is: none where the bot does not read."""
    if not visit.with_bot:
        return ()
    direct = visit.room.kind == "im"
    name = f"@{visit.workspace.bot.name} "
    ask = "" if direct else name
    sample = _PIPELINES / _SAMPLE
    share = (Chip(f"Share {_SAMPLE}", "upload_file", f"{ask}onboard my churn pipeline", sample),)
    return (
        *(share if sample.is_file() else ()),
        Chip(f"{ask}what can you do?", "help_outline", f"{ask}what can you do?"),
        Chip(f"{ask}promote the better one", "military_tech", f"{ask}promote the better one"),
        Chip(f"{ask}what is waiting for me?", "how_to_reg", f"{ask}what is waiting for me?"),
        Chip("/mlops pipelines", "terminal", "/mlops pipelines"),
        Chip("/mlops runs", "terminal", "/mlops runs"),
    )


def introduce(visit: Visit) -> None:
    """Draw what stands above the first message of the channel."""
    room = visit.room
    if room.kind == "im":
        _intro(
            avatar(visit.workspace.bot, "mark"),
            visit.title(room),
            f"This conversation is between {html.escape(visit.person(visit.me).real_name)} and the agent alone. "
            "No mention is needed here: write what you want, or drop a pipeline file.",
        )
    elif not visit.with_bot:
        _intro(
            _mark("#"),
            f"#{room.name}",
            "Trainmaster is not in this channel. Write <code>/invite @trainmaster</code> to bring it in, "
            "or go to <b>#ml-pipelines</b>.",
        )
    else:
        empty = not visit.workspace.messages(room.id)
        _intro(_mark("#"), f"Welcome to #{room.name}", _LEAD + _STEPS if empty else _PURPOSE)


_PURPOSE: Final = (
    "Mention <code>@trainmaster</code> with a pipeline file, or ask it for the state of things. "
    "It answers in the thread of your message."
)
_LEAD: Final = (
    "<p>Trainmaster takes a pipeline from a Python file to a trained model, and that to production:</p>"
)
_STEPS: Final = (
    "<ol data-testid='first-steps'>"
    "<li><b>Drop a pipeline file</b><span>A <code>.py</code> with a Prefect flow, anywhere on this page, "
    "with a message that mentions <code>@trainmaster</code>. None at hand? Use the quick command below.</span></li>"
    "<li><b>Open the thread</b><span>A plan card shows what was found. Press <b>Register &amp; run</b> and watch every "
    "task live.</span></li>"
    "<li><b>Ask what you like</b><span>“retrain churn with max_depth 5”, “how did the last run do?”, "
    "or exactly: <code>/mlops runs</code>.</span></li>"
    "<li><b>Let somebody agree</b><span>Two versions later, say “promote the better one”. Alice asks, Bob approves on "
    "the card; switch with <b>Act as</b>. Carol only looks.</span></li></ol>"
)


def _mark(sign: str) -> str:
    return f'<span class="avatar mark" style="background:#3f0e40" aria-hidden="true">{sign}</span>'


def _intro(mark: str, title: str, body: str) -> None:
    words = body if body.startswith("<p>") else f"<p>{body}</p>"
    markup(f"{mark}<h2>{html.escape(title)}</h2>{words}", css="intro", testid="intro")


def face(chip: Chip) -> str:
    """The HTML on a quick command."""
    return f"{icon(chip.picture)}{html.escape(chip.label)}"
