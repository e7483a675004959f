"""`rich_text` blocks and `table` blocks (whose cells are rich text) as safe HTML."""

import html
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from demo.page import emoji, mrkdwn
from demo.page.mrkdwn import Names

Json = Mapping[str, Any]

_STYLE_TAGS: Final = (
    ("code", "code"),
    ("bold", "strong"),
    ("italic", "em"),
    ("strike", "s"),
    ("underline", "u"),
)


def to_html(block: Json, names: Names) -> str:
    """A `rich_text` block, or a list of its elements' wrapper."""
    return f'<div class="rich">{"".join(_part(part, names) for part in block.get("elements", ()))}</div>'


def table(block: Json, names: Names) -> str:
    """A `table` block: the first row is its head."""
    rows: Sequence[Sequence[Json]] = block.get("rows", ())
    settings: Sequence[Json | None] = block.get("column_settings", ())
    if not rows:
        return ""
    head = "".join(f"<th{_column(settings, i)}>{_cell(cell, names)}</th>" for i, cell in enumerate(rows[0]))
    body = "".join(
        "<tr>" + "".join(f"<td{_column(settings, i)}>{_cell(cell, names)}</td>" for i, cell in enumerate(row)) + "</tr>"
        for row in rows[1:]
    )
    return (
        f'<div class="table-scroll"><table class="grid"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _column(settings: Sequence[Json | None], index: int) -> str:
    setting = settings[index] if index < len(settings) else None
    align = (setting or {}).get("align")
    side = f' style="text-align:{align}"' if align in {"left", "center", "right"} else ""
    return side + (' class="wraps"' if (setting or {}).get("is_wrapped") else "")


def _cell(cell: Json, names: Names) -> str:
    if cell.get("type") == "rich_text":
        return to_html(cell, names)
    return html.escape(str(cell.get("text", "")))


def _part(part: Json, names: Names) -> str:
    elements: Sequence[Json] = part.get("elements", ())
    match part.get("type"):
        case "rich_text_section":
            return f"<div>{_run(elements, names)}</div>"
        case "rich_text_quote":
            return f"<blockquote>{_run(elements, names)}</blockquote>"
        case "rich_text_preformatted":
            return f"<pre>{''.join(html.escape(_plain(element)) for element in elements)}</pre>"
        case "rich_text_list":
            return _list(part, elements, names)
        case other:
            return f'<span class="unknown">[{html.escape(str(other))}]</span>'


def _list(part: Json, elements: Sequence[Json], names: Names) -> str:
    tag = "ol" if part.get("style") == "ordered" else "ul"
    indent = min(int(part.get("indent", 0)), 8)
    start = f' start="{int(part["offset"]) + 1}"' if tag == "ol" and part.get("offset") else ""
    items = "".join(f"<li>{_run(element.get('elements', ()), names)}</li>" for element in elements)
    return f'<{tag} class="indent-{indent}"{start}>{items}</{tag}>'


def _run(elements: Sequence[Json], names: Names) -> str:
    return "".join(_styled(_leaf(element, names), element.get("style") or {}) for element in elements)


def _styled(piece: str, style: Json) -> str:
    for name, tag in _STYLE_TAGS:
        if style.get(name):
            piece = f"<{tag}>{piece}</{tag}>"
    return piece


def _plain(element: Json) -> str:
    return str(element.get("text") or element.get("url") or "")


def _leaf(element: Json, names: Names) -> str:
    leaf = _LEAVES.get(str(element.get("type")))
    return leaf(element, names) if leaf else f'<span class="unknown">[{html.escape(str(element.get("type")))}]</span>'


def _text(element: Json, _names: Names) -> str:
    return html.escape(str(element.get("text", ""))).replace("\n", "<br>")


def _link(element: Json, _names: Names) -> str:
    url = str(element.get("url", ""))
    return mrkdwn.link(url, str(element.get("text") or url))


def _date(element: Json, _names: Names) -> str:
    seconds, pattern = str(element.get("timestamp", "")), str(element.get("format", "{date}"))
    return mrkdwn.timestamp(seconds, pattern, str(element.get("fallback", "")))


_LEAVES: Final[dict[str, Callable[[Json, Names], str]]] = {
    "text": _text,
    "link": _link,
    "date": _date,
    "user": lambda element, names: mrkdwn.person(str(element.get("user_id", "")), names),
    "channel": lambda element, names: mrkdwn.channel(str(element.get("channel_id", "")), names),
    "usergroup": lambda element, names: mrkdwn.group(str(element.get("usergroup_id", "")), names),
    "broadcast": lambda element, _names: mrkdwn.broadcast(str(element.get("range", "here"))),
    "emoji": lambda element, _names: html.escape(emoji.glyph(str(element.get("name", "")))),
    "color": lambda element, _names: html.escape(str(element.get("value", ""))),
}
