"""What Slack's mrkdwn becomes, and that nothing in it can become more."""

import html.parser
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.page import blocks, files, markdown, mrkdwn, richtext
from demo.page.mrkdwn import Names
from demo.workspace.model import File

NAMES = Names(people={"U0ALICE": "alice"}, channels={"C0MLPIPE": "ml-pipelines"}, viewer="U0ALICE")

NEW_TAB = 'target="_blank" rel="noopener" referrerpolicy="same-origin"'
TAGS = frozenset(
    {
        "a",
        "b",
        "blockquote",
        "br",
        "code",
        "details",
        "div",
        "em",
        "figcaption",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "hr",
        "i",
        "img",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "small",
        "span",
        "strong",
        "summary",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "time",
        "tr",
        "u",
        "ul",
    }
)

ATTACKS = (
    "<script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<img src=x onerror=alert(1)>",
    "<javascript:alert(1)|click>",
    "<JaVaScRiPt:alert(1)|click>",
    "<java\tscript:alert(1)|click>",
    "<data:text/html,<script>alert(1)</script>|click>",
    "<vbscript:x|click>",
    "<file:///etc/passwd|click>",
    '<https://x" onmouseover="alert(1)|click>',
    "<https://x' onmouseover='alert(1)|click>",
    '<https://x|<img src=x onerror="alert(1)">>',
    '<@U0ALICE" onclick="alert(1)>',
    '<#C0MLPIPE|"><script>alert(1)</script>>',
    '<!date^1392734382^{date}" onclick="alert(1)^javascript:alert(1)|x>',
    '<!subteam^S1|"><img src=x onerror=alert(1)>>',
    "`<script>`*<blink>*_<form>_~<style>~",
    "```<script>alert(1)</script>```",
    "> <script>alert(1)</script>",
    "\ue0000\ue001 \ue00099\ue001",
    ":<script>:",
    "[x](javascript:alert(1)) ![x](javascript:alert(1)) <a href='javascript:alert(1)'>x</a>",
    '[x](https://x"onmouseover="alert(1)) ![a" onerror="alert(1)](https://x)',
)


class Read(html.parser.HTMLParser):
    """What a browser would make of HTML: its elements, attributes and text."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def assert_harmless(source: str) -> None:
    for tag, attributes in Read(source).elements:
        assert tag in TAGS
        assert not [name for name in attributes if name.startswith("on") or name in {"srcdoc", "action", "formaction"}]
        for name in ("href", "src"):
            address = attributes.get(name)
            assert address is None or re.match(r"(https?:|mailto:|/page/files/)", address, re.IGNORECASE)


def everywhere(text: str) -> str:
    """The text in every place of every block and file that a message can carry."""
    plain, rich = {"type": "plain_text", "text": text}, {"type": "mrkdwn", "text": text}
    picture = {"type": "image", "image_url": text, "alt_text": text, "title": plain}
    leaf = {"type": "text", "text": text}
    run = [leaf, {"type": "link", "url": text, "text": text}, {"type": "emoji", "name": text}, {"type": text}]
    parts = [{"type": f"rich_text_{kind}", "elements": run} for kind in ("section", "quote", "preformatted")]
    listed = {"type": "rich_text_list", "style": text, "elements": [{"type": "rich_text_section", "elements": run}]}
    shown: list[blocks.Block] = [
        {"type": "section", "text": rich, "fields": [plain, rich], "accessory": picture},
        {"type": "header", "text": plain},
        {"type": "context", "elements": [rich, plain, picture]},
        {"type": "image", "image_url": f"https://x/{text}", "alt_text": text},
        {"type": "image", "slack_file": {"id": text}, "alt_text": text},
        {"type": "rich_text", "elements": [*parts, listed, {"type": text}]},
        {"type": "table", "rows": [[{"type": "raw_text", "text": text}]], "column_settings": [{"align": text}]},
        {"type": "input", "label": plain},
        {"type": "markdown", "text": text},
        {"type": text},
    ]
    attached = [
        File("F1", text, 3, "U1", 0, title=text, filetype=text, mimetype="text/plain"),
        File("F1", text, 3, "U1", 0, alt_text=text, mimetype="image/png"),
        File("F1", text, 3, "U1", 0, deleted=True),
    ]
    cards = files.cards(attached, lambda _id: text.encode(errors="replace"))
    return "".join(blocks.to_html(block, NAMES) for block in shown) + cards + mrkdwn.to_html(text, NAMES)


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_a_person_writes_becomes_an_element_or_a_script(attack: str) -> None:
    assert_harmless(everywhere(attack))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([*ATTACKS, *"<>&\"'`*_~|!@#:^\n\\[]()x "]), max_size=12).map("".join))
def test_no_mixture_of_markup_becomes_an_element_or_a_script(text: str) -> None:
    assert_harmless(everywhere(text))


@pytest.mark.parametrize(
    "attack", [attack for attack in ATTACKS if attack.startswith(("<script", "<img", "<java", "<file"))]
)
def test_what_is_no_link_is_shown_as_it_was_written(attack: str) -> None:
    assert Read(mrkdwn.to_html(attack, NAMES)).text == attack


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*bold* _italic_ ~gone~ `code`", "<strong>bold</strong> <em>italic</em> <s>gone</s> <code>code</code>"),
        ("*a `*b*` c*", "<strong>a <code>*b*</code> c</strong>"),
        ("snake_case_name and 3*4*5", "snake_case_name and 3*4*5"),
        ("a &lt; b &amp;&amp; c", "a &lt; b &amp;&amp; c"),
        ("&amp;lt;", "&amp;lt;"),
        ("one\ntwo", "one<br>two"),
        ("&gt; one\n&gt; two\nthree", "<blockquote>one<br>two</blockquote>three"),
        ("before\n```\nx = *1*\n```\nafter", "before<pre>x = *1*</pre>after"),
        (":rocket: :no_such_emoji:", "🚀 :no_such_emoji:"),
        ("<@U0ALICE>", '<span class="mention mention-me">@alice</span>'),
        ("<@U0GONE|old>", '<span class="mention">@old</span>'),
        ("<#C0MLPIPE>", '<span class="mention">#ml-pipelines</span>'),
        ("<!here>", '<span class="mention mention-me">@here</span>'),
        (
            "<https://a.b/c_d_e?x=1&amp;y=2|the *board*>",
            f'<a href="https://a.b/c_d_e?x=1&amp;y=2" {NEW_TAB}>the *board*</a>',
        ),
        (
            "(https://a.b/c).",
            f'(<a href="https://a.b/c" {NEW_TAB}>https://a.b/c</a>).',
        ),
    ],
)
def test_mrkdwn_reads_as_in_slack(text: str, shown: str) -> None:
    assert mrkdwn.to_html(text, NAMES) == shown


def test_verbatim_text_gets_no_links_of_our_own() -> None:
    shown = blocks.text_object({"type": "mrkdwn", "text": "https://a.b <https://c.d|e>", "verbatim": True}, NAMES)
    assert [attributes["href"] for _, attributes in Read(shown).elements] == ["https://c.d"]
    assert Read(shown).text == "https://a.b e"


def test_a_date_token_falls_back_when_it_names_no_time() -> None:
    assert mrkdwn.to_html("<!date^soon^{date}|next week>", NAMES) == "next week"
    assert "Feb 18, 2014" in mrkdwn.to_html("<!date^1392724800^{date_short}|x>", NAMES)


def test_markdown_shows_tables_and_headings_and_no_html() -> None:
    shown = markdown.to_html("# Done\n\n| metric | value |\n|---|---|\n| auc | **0.9** |\n\n<b>no</b>")
    assert "<h1>Done</h1>" in shown
    assert "<td><strong>0.9</strong></td>" in shown
    assert "&lt;b&gt;no&lt;/b&gt;" in shown


def test_rich_text_keeps_styles_lists_and_mentions() -> None:
    text = {"type": "text", "text": "go", "style": {"bold": True, "code": True}}
    section = {"type": "rich_text_section", "elements": [text, {"type": "user", "user_id": "U0ALICE"}]}
    listed = {"type": "rich_text_list", "style": "ordered", "indent": 1, "elements": [section]}
    shown = richtext.to_html({"type": "rich_text", "elements": [listed]}, NAMES)
    assert shown == (
        '<div class="rich"><ol class="indent-1"><li><strong><code>go</code></strong>'
        '<span class="mention mention-me">@alice</span></li></ol></div>'
    )


def test_an_unknown_block_is_shown_as_missing_rather_than_left_out() -> None:
    assert "hologram" in blocks.to_html({"type": "hologram"}, NAMES)


def test_binary_content_has_no_preview_whatever_its_name_says() -> None:
    binary = File("F1", "model.py", 4, "U1", 0, mimetype="text/x-python", filetype="python")
    assert "<details>" not in files.cards([binary], lambda _id: b"\x7fELF\x00\x01")
    assert "<details>" not in files.cards([binary], lambda _id: "é".encode("latin-1"))
    assert "x = 1 &lt; 2" in files.cards([binary], lambda _id: b"x = 1 < 2")


def test_a_user_group_is_shown_by_its_handle_and_marked_for_its_members() -> None:
    names = Names(groups={"S0DATA": "data-science"}, viewer="U0ALICE", viewer_groups=frozenset({"S0DATA"}))
    mine = '<span class="mention mention-me">@data-science</span>'
    assert mrkdwn.to_html("<!subteam^S0DATA>", names) == mine
    block = {"elements": [{"type": "rich_text_section", "elements": [{"type": "usergroup", "usergroup_id": "S0DATA"}]}]}
    assert mine in richtext.to_html(block, names)
    others = mrkdwn.to_html("<!subteam^S0UNKNOWN|@some-&lt;b>", Names())
    assert others == '<span class="mention">@some-&lt;b</span>'
