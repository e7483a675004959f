"""Whether what is said in a thread is for us."""

import pytest

from bot.conduct import Speech, To, for_us, overheard


def spoken(talk: str) -> list[Speech]:
    """`alice>us bob alice>others`: who spoke, one after the other, and to whom."""
    found = []
    for at, one in enumerate(talk.split()):
        by, _, to = one.partition(">")
        found.append(Speech(f"{at}.0", by, To(to or "nobody")))
    return found


@pytest.mark.parametrize(
    ("talk", "ours"),
    [
        ("alice>us", True),
        ("alice>us alice", True),
        ("alice>us alice alice alice", True),
        ("alice>us bob>us alice", True),
        ("alice>us bob>us bob", True),
        ("alice", False),
        ("alice>us bob", False),
        ("alice>us alice>others", False),
        ("alice>us alice>others alice", False),
        ("alice>us alice>others bob", False),
        ("alice>us bob alice", False),
        ("alice>us bob>us carol alice bob", False),
        ("alice>us bob alice>us", True),
        ("alice>us bob alice>us alice", True),
        ("alice>us bob alice>us bob", False),
        ("->others alice>us alice", True),
        ("->others alice>us bob", False),
    ],
)
def test_a_follow_up_is_for_us_while_nobody_talks_to_anybody_else(talk: str, ours: bool) -> None:  # noqa: FBT001 - the table's
    *before, said = spoken(talk)
    assert for_us(before, said) is ours


def test_what_is_told_late_is_judged_by_what_was_said_before_it() -> None:
    asked, later = spoken("alice>us bob")
    late = Speech("0.5", "alice", To.NOBODY)
    assert for_us([later, asked], late)


def test_people_were_overheard_when_any_message_was_for_somebody_else() -> None:
    assert overheard(spoken("alice>us bob alice>us"))
    assert overheard(spoken("->others alice>us"))
    assert not overheard(spoken("alice>us alice bob>us bob"))
    assert not overheard([])
