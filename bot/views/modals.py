"""Modals: what a decision needs beside a press."""

from bot.views.actions import PROPOSAL_CONFIRM, PROPOSAL_REJECT
from bot.views.text import code
from bot.views.view import Block

FIELD = "typed"  #: `block_id` of the one field; an error is shown under it
LONGEST_REASON = 500


def reject(proposal: str, about: str) -> Block:
    """The form that asks why a proposal is rejected; `about` comes back as its `private_metadata`."""
    words = f"{code(proposal)} will not be applied, whoever else approved it. Who asked for it is told why."
    return _modal("Reject proposal", "Reject", PROPOSAL_REJECT, about, words, label="Reason", lines=True)


def confirm(proposal: str, about: str) -> Block:
    """The form in which an approver types what the rule asks for."""
    words = (
        f"The policy asks whoever approves {code(proposal)} to type what it says under *To approve, type* on the card."
    )
    return _modal("Approve proposal", "Approve", PROPOSAL_CONFIRM, about, words, label="To approve, type", lines=False)


def _modal(title: str, submit: str, callback: str, about: str, words: str, *, label: str, lines: bool) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": FIELD,
        "multiline": lines,
        "max_length": LONGEST_REASON,
        "focus_on_load": True,
    }
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": about,
        "title": _plain(title),
        "submit": _plain(submit),
        "close": _plain("Cancel"),
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": words, "verbatim": True}},
            {"type": "input", "block_id": FIELD, "label": _plain(label), "element": element},
        ],
    }


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}
