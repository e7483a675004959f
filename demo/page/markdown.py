"""The `markdown` block: standard Markdown as HTML that is safe to put into a page."""

from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from demo.page import emoji, mrkdwn


def to_html(text: str) -> str:
    """`text` in Markdown as HTML. HTML in the source is shown as text; pictures become links, as Slack does it."""
    reader = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    reader.validateLink = mrkdwn.is_safe  # type: ignore[method-assign]  # the documented way to narrow what is linked
    reader.add_render_rule("link_open", _link_open)
    reader.add_render_rule("image", _image)
    reader.add_render_rule("table_open", _table_open)
    reader.add_render_rule("table_close", _table_close)
    rendered: str = reader.render(emoji.with_emoji(text))
    return f'<div class="md">{rendered}</div>'


def _link_open(
    renderer: RendererHTML, tokens: list[Token], index: int, options: OptionsDict, _env: dict[str, Any]
) -> str:
    tokens[index].attrSet("target", "_blank")
    tokens[index].attrSet("rel", "noopener")
    tokens[index].attrSet("referrerpolicy", "same-origin")
    return renderer.renderToken(tokens, index, options, _env)


def _image(_self: RendererHTML, tokens: list[Token], index: int, _options: OptionsDict, _env: dict[str, Any]) -> str:
    address = str(tokens[index].attrGet("src") or "")
    return mrkdwn.link(address, tokens[index].content or address)


def _table_open(*_args: object) -> str:
    return '<div class="table-scroll"><table class="grid">'


def _table_close(*_args: object) -> str:
    return "</table></div>"
