"""Foreign text is shown as words."""

import pytest

from bot.views.text import (
    bounded,
    clip,
    code,
    codes,
    duration,
    fenced,
    figure,
    file_size,
    link,
    moment,
    person,
    plain,
    prose,
)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a < b && c > d", "a &lt; b &amp;&amp; c &gt; d"),
        ("<!channel> look", "@\u2060channel look"),
        ("<!here|here> look", "@\u2060here look"),
        ("@Everyone look", "@\u2060Everyone look"),
        ("<!subteam^S1|@ml-team> look", "@ml-team look"),
        ("<!date^1|yesterday> look", "yesterday look"),
        ("<@U0BOB> look", "@U0BOB look"),
        ("<@U0BOB|bob> look", "@bob look"),
        ("<#C1|random>", "#random"),
        ("&lt;!channel&gt;", "&amp;lt;!channel&amp;gt;"),
        ("<https://evil.example|Approve>", "&lt;https://evil.example|Approve&gt;"),
        ("one\r\ntwo\tthree", "one two three"),
        ("a\x00b\u202ec\ud800", "abc\ufffd"),
    ],
)
def test_control_sequences_in_foreign_text_become_words(written: str, shown: str) -> None:
    assert plain(written) == shown


def test_prose_keeps_its_lines_and_its_beginning() -> None:
    assert prose("one\ntwo", 100) == "one\ntwo"
    assert prose("x" * 50, 10) == "x" * 9 + "…"


def test_a_name_cannot_leave_its_code_span() -> None:
    assert code("a`*b*`\nc") == "`a'*b*' c`"
    assert code("  ") == "(empty)"


def test_a_list_of_names_says_how_many_are_missing() -> None:
    assert codes(["a", "b", "c"], limit=2) == "`a`, `b` and 1 more"


def test_code_cannot_leave_its_fence() -> None:
    assert fenced("x = '```'\n<y>") == "```\nx = '''''\n&lt;y&gt;\n```"


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("ab&amp;cd", 5, "ab…"),
        ("ab&amp;cd", 8, "ab&amp;…"),
        ("ab <https://x.example|y> cd", 12, "ab…"),
        ("🚂🚂🚂", 5, "🚂🚂…"),
    ],
)
def test_a_cut_leaves_entities_links_and_characters_whole(text: str, limit: int, shown: str) -> None:
    assert clip(text, limit) == shown


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://127.0.0.1:4200/runs/1?a=1&b=2", "<http://127.0.0.1:4200/runs/1?a=1&amp;b=2|run>"),
        ("", "run"),
        ("javascript:alert(1)", "run"),
        ("https://user@evil.example/", "run"),
        ("https://a.example/x|y", "run"),
        ("https://a.example/x> <!channel>", "run"),
        ("https://[::1", "run"),
        ("https://a.example/" + "x" * 1_000, "run"),
    ],
)
def test_only_a_web_address_becomes_a_link(url: str, shown: str) -> None:
    assert link(url, "run") == shown


def test_only_an_id_becomes_a_mention() -> None:
    assert person("U0ALICE") == "<@U0ALICE>"
    assert person("!channel") == "!channel"
    assert person("") == "somebody"


def test_lines_that_do_not_fit_are_counted() -> None:
    assert bounded(["a", "b", "c"], 100) == "a\nb\nc"
    assert bounded(["a", "b", "c"], 100, most=1, kind="tasks") == "a\n… and 2 more tasks"
    assert bounded(["x" * 40, "y" * 40, "z"], 80, kind="tasks") == "x" * 40 + "\n… and 2 more tasks"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.04, "0.0 s"),
        (1.25, "1.2 s"),
        (9.96, "10 s"),
        (59.6, "1 min 00 s"),
        (185, "3 min 05 s"),
        (7_800, "2 h 10 min"),
        (200_000, "2 d 7 h"),
        (float("nan"), "unknown time"),
        (-1, "unknown time"),
    ],
)
def test_durations_are_said_as_people_say_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_sizes_figures_and_times_are_short() -> None:
    assert [file_size(size) for size in (1, 812, 4_210, 999_960)] == ["1 byte", "812 bytes", "4.2 kB", "1.0 MB"]
    assert [figure(value) for value in (0.873123, 12.0, 0.0000125)] == ["0.8731", "12", "1.25e-05"]
    assert figure(float("nan")) == "nan"
    assert moment(1_795_443_120) == "23 Nov 14:12 UTC"
