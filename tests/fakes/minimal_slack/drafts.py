"""What a caller wants to say, read from its arguments and held against Slack's limits."""

import json
from dataclasses import dataclass

from tests.fakes.minimal_slack import blocks as block_rules
from tests.fakes.minimal_slack.elements import JSON
from tests.fakes.minimal_slack.refusal import Refusal

TEXT_KEPT = 40_000
TEXT_IN_UPDATE = 4_000
MARKDOWN_TEXT = 12_000
ATTACHMENTS = 100


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The parts of a message that the caller named; None is what it left out."""

    text: str | None
    blocks: list[JSON] | None
    attachments: list[JSON] | None
    metadata: JSON | None


def read_draft(
    arguments: JSON, *, refused_blocks: frozenset[str] = frozenset(), text_limit: int | None = None
) -> Draft:
    """Read and check what a message shall say.

    Args:
        arguments: Those of the call.
        refused_blocks: Block types that this workspace does not have.
        text_limit: Most characters of `text`, beyond which the call fails; without it, text is cut at 40,000.

    Raises:
        Refusal: The message breaks one of Slack's limits.
    """
    text, markdown = _text(arguments, "text"), _text(arguments, "markdown_text")
    blocks, attachments = _array(arguments, "blocks"), _array(arguments, "attachments")
    if markdown is not None:
        if text is not None or blocks is not None:
            raise Refusal("markdown_text_conflict")
        if len(markdown) > MARKDOWN_TEXT:
            raise Refusal("msg_too_long")
    if text is not None and text_limit is not None and len(text) > text_limit:
        raise Refusal("msg_too_long")
    if attachments is not None and len(attachments) > ATTACHMENTS:
        raise Refusal("too_many_attachments")
    found = block_rules.faults(blocks, refused=refused_blocks) if blocks is not None else []
    if found:
        raise Refusal("invalid_blocks", details=tuple(found))
    said = markdown if markdown is not None else text
    return Draft(
        text=said[:TEXT_KEPT] if said is not None else None,
        blocks=blocks,
        attachments=attachments,
        metadata=_metadata(arguments),
    )


def must_say_something(draft: Draft) -> None:
    """Check that there is anything to show.

    Raises:
        Refusal: `no_text`.
    """
    if not (draft.text and draft.text.strip()) and not draft.blocks and not draft.attachments:
        raise Refusal("no_text")


def flag(value: object) -> bool | None:
    """A yes or no as JSON and forms write it; None when it was left out."""
    return None if value is None else value in (True, 1, "1", "true", "True")


def _text(arguments: JSON, name: str) -> str | None:
    value = arguments.get(name)
    if value is not None and not isinstance(value, str):
        raise Refusal("invalid_arguments", details=(f"[ERROR] must be a string [json-pointer:/{name}]",))
    return value


def _array(arguments: JSON, name: str) -> list[JSON] | None:
    value = _decoded(arguments.get(name), f"invalid_{name}_format" if name == "blocks" else "invalid_attachments")
    if value is None or isinstance(value, list):
        return value
    raise Refusal(f"invalid_{name}_format" if name == "blocks" else "invalid_attachments")


def _metadata(arguments: JSON) -> JSON | None:
    value = _decoded(arguments.get("metadata"), "invalid_metadata_format")
    if value is None:
        return None
    if isinstance(value, dict) and isinstance(value.get("event_type"), str):
        payload = value.get("event_payload")
        if isinstance(payload, dict):
            return {"event_type": value["event_type"], "event_payload": payload}
    raise Refusal("invalid_metadata_format")


def _decoded(value: object, error: str) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError as exc:
        raise Refusal(error) from exc
