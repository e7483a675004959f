"""A summary by rules: what people stated stays longest, and whatever goes is counted."""

from tests.unit.agent.said import looked_up, stated
from worker.agent.digest import digest

ALICE, BOB = "<@U0ALICE>", "<@U0BOB>"


def test_each_turn_is_a_line_with_who_what_and_how_it_was_answered() -> None:
    turns = [
        (ALICE, stated("the champion needs an AUC of 0.83")),
        (BOB, looked_up("which runs are there?", "run-1", "run-2", answer="There are two.")),
    ]
    assert digest("", turns, limit=1_000).split("\n") == [
        "- <@U0ALICE> said: the champion needs an AUC of 0.83 → Noted.",
        "- <@U0BOB> asked: which runs are there? (list_runs) → There are two.",
    ]


def test_what_was_there_before_comes_first() -> None:
    assert digest("- the team prefers recall", [(ALICE, stated("hello"))], limit=1_000).startswith(
        "- the team prefers recall\n- <@U0ALICE> said: hello"
    )


def test_what_can_be_looked_up_again_goes_before_what_people_stated() -> None:
    turns = [(ALICE, stated("the champion needs an AUC of 0.83"))]
    turns += [(BOB, looked_up(f"what did run {number} do?", "x", answer="It did well. " * 9)) for number in range(60)]
    text = digest("", turns, limit=2_000)
    assert len(text) <= 2_000
    assert "the champion needs an AUC of 0.83 → Noted." in text
    left = text.count(" asked: ")
    assert text.startswith(f"- Before that, {60 - left} questions were answered with tools.")


def test_what_is_counted_is_counted_on_from_summary_to_summary() -> None:
    text = ""
    for number in range(60):
        text = digest(text, [(BOB, looked_up(f"what did run {number} do?", "x"))], limit=400)
        assert len(text) <= 400
    left = text.count(" asked: ")
    assert f"- Before that, {60 - left} questions were answered with tools." in text


def test_nothing_that_people_stated_goes_without_a_count() -> None:
    turns = [(ALICE, stated(f"fact {number} is that " + "words " * 40)) for number in range(100)]
    text = digest("", turns, limit=3_000)
    assert len(text) <= 3_000
    kept = text.count(" said: ")
    assert f"- Left out: {100 - kept} older lines." in text
    assert "fact 99" in text


def test_nobody_writes_what_looks_like_the_end_of_their_own_words() -> None:
    text = digest("", [(ALICE, stated("a → b"))], limit=1_000)
    assert text == "- <@U0ALICE> said: a -> b → Noted."
