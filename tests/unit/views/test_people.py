"""Names in the place of ids."""

import pytest

from bot.views.markdown import mrkdwn
from bot.views.people import Named, tame, with_names

NAMES = {"U0ALICE": "Alice", "U0BOB": "Bob B.", "W0GRID": "Grid", "S0ML": "ML team"}


def named(text: str) -> str:
    return with_names(text, lambda one: NAMES.get(one.id, ""))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("by <@U0ALICE>, approved by <@U0BOB|bob>", "by Alice, approved by Bob B."),
        ("by @U0ALICE and U0BOB.", "by Alice and Bob B.."),
        ("`U0ALICE` | **W0GRID** | (U0BOB)", "`Alice` | **Grid** | (Bob B.)"),
        ("registered-by:U0ALICE", "registered-by:Alice"),
        ("<!subteam^S0ML> or @S0ML, not S0ML", "ML team or ML team, not S0ML"),
        ("<@U0NOBODY> and U2NET are nobody", "<@U0NOBODY> and U2NET are nobody"),
        (
            "https://x.invalid/U0ALICE?u=U0ALICE&U0ALICE /U0ALICE",
            "https://x.invalid/U0ALICE?u=U0ALICE&U0ALICE /U0ALICE",
        ),
        ("XU0ALICE U0ALICEx WARNING USA", "XU0ALICE U0ALICEx WARNING USA"),
    ],
)
def test_ids_are_names_and_words_stay(text: str, shown: str) -> None:
    assert named(text) == shown


def test_who_cannot_be_told_is_somebody_and_a_word_that_may_be_no_id_stays() -> None:
    text = with_names("<@U0BOB>, @U0BOB, U0BOB, <!subteam^S0ML>", lambda _: None)
    assert text == "somebody, somebody, U0BOB, a user group"


def test_each_is_asked_for_once_and_only_so_many() -> None:
    asked: list[Named] = []

    def name_of(one: Named) -> str:
        asked.append(one)
        return "A"

    text = " ".join(f"<@U0P{number}> <@U0P{number}>" for number in range(50))
    shown = with_names(text, name_of)
    assert (len(asked), shown.count("A"), shown.count("somebody")) == (30, 60, 40)


@pytest.mark.parametrize(
    "evil",
    [
        "<!channel>",
        "@here",
        "[x](https://evil.invalid)",
        "https://evil.invalid",
        "*bold* _it_ ~no~ `code`",
        "![x](https://evil.invalid/a.png)",
        "<@U0BOB>",
        "# Heading",
        "- item",
        "> quote",
        "a\n\n| b | c |\n|---|---|",
        "```",
    ],
)
def test_what_somebody_is_called_is_nothing_but_words(evil: str) -> None:
    shown = mrkdwn(with_names("<@U0BOB>", lambda _: evil), ("evil.invalid",))
    assert not set(shown) & set("<>*_~`@#|/\n&")
    assert not shown.startswith("•")


def test_a_name_of_nothing_but_signs_is_somebody() -> None:
    assert with_names("by <@U0BOB>", lambda _: "***") == "by somebody"
    assert tame("x" * 99) == "x" * 40
