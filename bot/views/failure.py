"""A turn that could not be finished: what failed, whose fault it is, what was saved, what to do."""

from dataclasses import dataclass

from bot.views import actions
from bot.views.blocks import actions as row
from bot.views.blocks import button, context, message, section
from bot.views.text import code, prose
from bot.views.view import View


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed turn; every text is a sentence for people.

    Attributes:
        what: What could not be done.
        fault: Whose fault it is, and why.
        saved: What was done before, and is kept; empty only when nothing was changed, which is then said.
        remedy: What to do next; empty when trying again is all there is.
        reference: What to name when asking the people who run the bot; empty when nobody needs to look.
        retry: The value of the `Retry` button; empty for no button.
    """

    what: str
    fault: str
    saved: str = ""
    remedy: str = ""
    reference: str = ""
    retry: str = ""


def failure(failed: Failure) -> View:
    """The one message that a failed turn gets."""
    what = f"❌ {prose(failed.what, 500) or 'I could not finish this.'}"
    lines = [what, prose(failed.fault, 600), prose(failed.remedy, 500)]
    lines.append(prose(failed.saved, 500) or "Nothing was changed.")
    blocks = [section("\n".join(line for line in lines if line))]
    if failed.retry:
        blocks.append(row(button("Retry", actions.TURN_RETRY, failed.retry, style="primary")))
    if failed.reference:
        blocks.append(
            context(f"If it keeps happening, tell whoever runs me this reference: {code(failed.reference, 80)}")
        )
    return message("\n".join(line for line in lines[:2] if line), *blocks)
