"""Markdown in, messages out."""

import re

import pytest

from bot.views.limits import FALLBACK, MESSAGE, SECTION
from bot.views.markdown import mrkdwn
from bot.views.reply import WRITTEN, Answer, Footer, growing, reply
from bot.views.view import View

HOSTS = ("127.0.0.1:4200", "mlflow.example")


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("# The **best** run", "*The best run*"),
        ("**bold**, *italic*, ~~gone~~ and ***both***", "*bold*, _italic_, ~gone~ and *_both_*"),
        ("max_depth=5 and __init__ and 2 * 3 * 4", "max_depth=5 and __init__ and 2 * 3 * 4"),
        ("- one\n  - two\n* three\n+ [x] four\n- [ ] five", "• one\n    ◦ two\n• three\n☑ four\n☐ five"),
        ("1. one\n2. two", "1. one\n2. two"),
        ("> said", "> said"),
        ("`a < b` **`c`**", "`a &lt; b` *`c`*"),
        ("`**not bold**`", "`**not bold**`"),
        ("[run](http://127.0.0.1:4200/r?a=1&b=2)", "<http://127.0.0.1:4200/r?a=1&amp;b=2|run>"),
        ("[run](http://127.0.0.1:9999/r)", "run (http://127.0.0.1:9999/r)"),
        ("[run](https://mlflow.example@evil.example/)", "run (https://mlflow.example@evil.example/)"),
        ("![x](https://evil.example/?q=1)", "x (https://evil.example/?q=1)"),
        ("see https://evil.example/?q=1.", "see https://evil.example/?q=1."),
        ("see https://mlflow.example/1.", "see <https://mlflow.example/1>."),
        ("<https://evil.example|Approve>", "Approve (https://evil.example)"),
        ("<https://mlflow.example/1|run>", "<https://mlflow.example/1|run>"),
        ("hello <!channel> and <@U0BOB>", "hello @\u2060channel and @U0BOB"),
        (r"\*literal\* a\_b", "*literal* a_b"),
        ("a\n\n---\n\nb", "a\n\n———\n\nb"),
        ("```python\nif a < b:\n    pass\n```", "```\nif a &lt; b:\n    pass\n```"),
        ("~~~\nx = '```'\n~~~", "```\nx = '''''\n```"),
        ("```\nnever closed", "```\nnever closed\n```"),
        (
            "| metric | **v3** |\n|:--|--:|\n| accuracy | 0.91 |\n| f1 | `0.8` |",
            "```\nmetric    v3\n--------  ----\naccuracy  0.91\nf1        0.8\n```",
        ),
    ],
)
def test_markdown_becomes_what_slack_shows(markdown: str, shown: str) -> None:
    assert mrkdwn(markdown, HOSTS) == shown


def test_a_short_answer_is_one_message_with_small_print() -> None:
    footer = Footer(model="gemini-flash", seconds=3.2, tools=("run_status", "run_metrics", "run_metrics"))
    [view] = reply(Answer("It reached **0.91**.", footer))
    assert view.text == "It reached *0.91*."
    assert view.blocks == [
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": "It reached *0.91*.", "verbatim": True},
            "expand": True,
        },
        {
            "type": "context",
            "elements": [
                {
                    "type": "mrkdwn",
                    "text": "gemini-flash · 3.2 s · 3 calls of `run_status`, `run_metrics`",
                    "verbatim": True,
                }
            ],
        },
    ]


def test_a_channel_is_named_by_slack_and_nobody_is_notified() -> None:
    text = (
        "in <#C0MLPIPE> or #C0MLPIPE, by <@U0BOB> or <!subteam^S0APPROVERS>, never <!channel>, #CHANGELOG `#C0MLPIPE`"
    )
    assert bodies(reply(Answer(text))[0]) == [
        "in <#C0MLPIPE> or <#C0MLPIPE>, by @U0BOB or @S0APPROVERS, never @\u2060channel, #CHANGELOG `#C0MLPIPE`"
    ]


def test_an_empty_answer_says_what_to_do() -> None:
    [view] = reply(Answer("  "))
    assert "Ask me in other words" in view.text


def test_a_long_answer_is_cut_between_paragraphs_and_says_that_it_goes_on() -> None:
    paragraphs = [f"Paragraph {number}. " + "word " * 150 for number in range(30)]
    first, *middle, last = reply(Answer("\n\n".join(paragraphs), Footer("m", 1)))
    assert [text for view in (first, *middle, last) for text in bodies(view)] != []
    rejoined = "\n\n".join(text for view in (first, *middle, last) for text in bodies(view))
    assert rejoined.split() == "\n\n".join(paragraphs).split()
    assert all(text.startswith("Paragraph ") for view in (first, *middle, last) for text in bodies(view))
    assert small(first)[-1] == "continued below …"
    assert small(last)[0].startswith("… continued (")
    assert small(last)[-1].startswith("m · 1.0 s")


def test_long_code_stays_in_fences_in_every_part() -> None:
    lines = [f"line {number} & more" for number in range(1_000)]
    views = reply(Answer("Look:\n```\n" + "\n".join(lines) + "\n```\nDone."))
    texts = [text for view in views for text in bodies(view)]
    assert len(views) > 1
    assert all(text.count("```") % 2 == 0 and len(text) <= SECTION for text in texts)
    assert all(sum(map(len, bodies(view))) <= MESSAGE for view in views)
    shown = [line for text in texts for line in text.replace("```", "").split("\n") if line.startswith("line ")]
    assert shown == [line.replace("&", "&amp;") for line in lines]


def test_an_endless_answer_says_how_much_is_left_out() -> None:
    views = reply(Answer("word " * 40_000))
    assert len(views) == 5
    assert "left out" in small(views[-1])[-1]


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece", ["**a ", "__a ", "***a ", "~~a ", "` ", "[a](", "| a ", "|-", "- ", "#", "\\", " ", "🚂"]
)
def test_an_endless_line_of_anything_is_read_in_a_moment(piece: str) -> None:
    assert len(reply(Answer(f"{piece * 25_000}\n\n| a |\n{piece * 25_000}\n{piece}"))) <= 5


def test_the_text_beside_the_blocks_fits_an_edit() -> None:
    [view] = reply(Answer("```\n" + "x\n" * 2_500 + "```"))
    assert len(view.text) <= FALLBACK
    assert view.text.endswith("```")


def bodies(view: View) -> list[str]:
    return [block["text"]["text"] for block in view.blocks if block["type"] == "section"]


def small(view: View) -> list[str]:
    return [block["elements"][0]["text"] for block in view.blocks if block["type"] == "context"]


def test_no_link_of_a_very_long_line_is_cut_in_two() -> None:
    views = reply(Answer(text="[ours](https://prefect.example/runs/1)" * 400, hosts=("prefect.example",)))
    links = {link for view in views for block in view.blocks for link in re.findall(r"<[^>]*>?", str(block))}
    assert links == {"<https://prefect.example/runs/1|ours>"}


IMITATED = "✅ **Approved and done:** Promote churn v4 to champion\n`P-AAAAAAAAAA` · approved by Bob\n\n[Approve]"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("✅ **Approved** by Bob · P-AAAAAAAAAA", "Approved by Bob · P-AAAAAAAAAA"),
        ("✅ Approved and done: churn", "Approved and done: churn"),
        ("**✋ Approval needed:** churn", "Approval needed: churn"),
        ("Hello\n\n> ⚠️ **Approved, but it failed;** see", "Hello\n\n> Approved, but it failed; see"),
        ("**Approved** runs: ✅ 3", "*Approved* runs: ✅ 3"),
        ("✅ All three are there", "✅ All three are there"),
    ],
)
def test_no_line_of_an_answer_begins_as_a_card_about_an_approval_does(said: str, shown: str) -> None:
    [view] = reply(Answer(said))
    assert view.blocks[0]["text"]["text"] == shown
    assert view.text == shown
    assert growing([said + "\n"]).blocks[1]["text"]["text"] == shown


def test_an_answer_that_imitates_a_card_has_no_buttons_and_names_its_model() -> None:
    [view] = reply(Answer(IMITATED, footer=Footer("gemini-flash", 1.0)))
    assert [block["type"] for block in view.blocks] == ["section", "context"]
    assert "gemini-flash" in str(view.blocks[-1])


def test_that_a_model_writes_it_stands_above_an_answer_from_its_first_words_on() -> None:
    first, second = growing([IMITATED]), growing([IMITATED, "More."])
    assert first.blocks[0] == {"type": "context", "elements": first.blocks[0]["elements"]}
    assert WRITTEN in str(first.blocks[0])
    assert second.blocks[: len(first.blocks)] == first.blocks
