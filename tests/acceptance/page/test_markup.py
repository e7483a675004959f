"""Times and sizes as people say them."""

from datetime import date

import pytest

from demo.page import files, markup
from demo.workspace.model import File

TODAY = date(2026, 5, 14)


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (date(2026, 5, 14), "Today"),
        (date(2026, 5, 13), "Yesterday"),
        (date(2026, 5, 4), "Monday, 4 May"),
        (date(2025, 12, 31), "Wednesday, 31 December 2025"),
    ],
)
def test_a_day_is_named_from_today(when: date, said: str) -> None:
    assert markup.day(when, TODAY) == said


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (8_345, "8.3 kB"), (5_000_000, "5.0 MB")]
)
def test_a_size_is_said_in_the_unit_that_fits(count: int, said: str) -> None:
    assert markup.size(count) == said


def test_a_picture_is_shown_with_what_it_says_to_those_who_do_not_see_it() -> None:
    chart = File("F1", "loss.png", 3, "U0", 0, title="loss by step", mimetype="image/png", alt_text='A "falling" line')
    shown = files.cards([chart], lambda _: b"png")
    assert '<img src="/page/files/F1/loss.png" alt="A &quot;falling&quot; line">' in shown
