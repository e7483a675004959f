"""Block Kit that only shows something, as safe HTML. What can be clicked is in `controls`.

A block this page does not know is shown as a dashed placeholder with its type, never dropped: a person testing a
message must see that something of it is missing.
"""

import html
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

from demo.page import emoji, files, markdown, mrkdwn, richtext
from demo.page.mrkdwn import Names

Block = Mapping[str, Any]


def to_html(block: Block, names: Names) -> str:
    """The HTML of one block, without the controls of an `actions` or `input` block or of an accessory.

    The result is one element. It is `""` for a block that has nothing to show but its controls.
    """
    render = _RENDERERS.get(str(block.get("type")))
    if render is None:
        return placeholder(str(block.get("type")))
    return render(block, names)


def text_object(text: object, names: Names) -> str:
    """A text object (`plain_text` or `mrkdwn`) as HTML; `""` for anything else."""
    if not isinstance(text, Mapping):
        return ""
    value = str(text.get("text", ""))
    if text.get("type") == "mrkdwn":
        return mrkdwn.to_html(value, names, verbatim=text.get("verbatim") is True)
    return mrkdwn.plain_to_html(value, with_shortcodes=text.get("emoji") is not False)


def plain(text: object) -> str:
    """A text object as a plain string with its emoji, for labels; `""` for anything else."""
    return emoji.with_emoji(str(text.get("text", ""))) if isinstance(text, Mapping) else ""


def image(element: Block, css: str) -> str:
    """A picture by its address or as an uploaded file; a placeholder when it names neither."""
    uploaded = str((element.get("slack_file") or {}).get("id", ""))
    url = f"{files.ROUTE}/{quote(uploaded, safe='')}/image" if uploaded else str(element.get("image_url", ""))
    if not uploaded and not url.lower().startswith(("http://", "https://")):
        return placeholder("image without a usable address")
    alt = html.escape(str(element.get("alt_text", "")))
    return f'<img class="{css}" src="{html.escape(url)}" alt="{alt}" loading="lazy" referrerpolicy="no-referrer">'


def placeholder(what: str) -> str:
    """A visible mark for something that this page cannot show."""
    return f'<div class="b-unknown" data-testid="unknown-block">This page cannot show: {html.escape(what)}</div>'


def _section(block: Block, names: Names) -> str:
    text = text_object(block.get("text"), names)
    fields = "".join(f"<div>{text_object(field, names)}</div>" for field in block.get("fields", ()))
    body = f'<div class="b-text">{text}</div>' if text else ""
    shown = f'<div class="b-section">{body}{f"<div class=b-fields>{fields}</div>" if fields else ""}</div>'
    accessory = block.get("accessory") or {}
    if accessory.get("type") == "image":
        return f'<div class="b-row">{shown}{image(accessory, "b-accessory-image")}</div>'
    return shown


def _header(block: Block, names: Names) -> str:
    return f'<h3 class="b-header">{text_object(block.get("text"), names)}</h3>'


def _divider(_block: Block, _names: Names) -> str:
    return '<hr class="b-divider">'


def _context(block: Block, names: Names) -> str:
    parts = [
        image(element, "b-context-image")
        if element.get("type") == "image"
        else f"<span>{text_object(element, names)}</span>"
        for element in block.get("elements", ())
    ]
    return f'<div class="b-context">{"".join(parts)}</div>'


def _image(block: Block, names: Names) -> str:
    title = text_object(block.get("title"), names)
    caption = f"<figcaption>{title}</figcaption>" if title else ""
    return f'<figure class="b-image">{caption}{image(block, "b-picture")}</figure>'


def _markdown(block: Block, _names: Names) -> str:
    return markdown.to_html(str(block.get("text", "")))


def _input_label(block: Block, names: Names) -> str:
    optional = ' <span class="b-optional">(optional)</span>' if block.get("optional") else ""
    return f'<div class="b-label">{text_object(block.get("label"), names)}{optional}</div>'


def _alert(block: Block, names: Names) -> str:
    level = str(block.get("level") or "default")
    sign, css = _ALERTS.get(level, _ALERTS["default"])
    mark = f'<i class="icon" aria-hidden="true" data-icon="{sign}"></i>'
    return f'<div class="b-alert {css}">{mark}<span>{text_object(block.get("text"), names)}</span></div>'


def _nothing(_block: Block, _names: Names) -> str:
    return ""


_ALERTS: Final = {
    "default": ("info", ""),
    "error": ("error", "error"),
    "info": ("info", "info"),
    "success": ("check_circle", "success"),
    "warning": ("warning", "warning"),
}

_RENDERERS: Final[dict[str, Callable[[Block, Names], str]]] = {
    "section": _section,
    "header": _header,
    "divider": _divider,
    "context": _context,
    "image": _image,
    "markdown": _markdown,
    "rich_text": richtext.to_html,
    "table": richtext.table,
    "alert": _alert,
    "input": _input_label,
    "actions": _nothing,
    "context_actions": _nothing,
}
