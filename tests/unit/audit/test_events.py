"""What is recorded: bounded, the same text for the same event, and readable by a version that knows less."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.audit import LONGEST_DETAIL, LONGEST_NAME, MOST_DETAILS, Action, AuditEvent, Keyring, name_of, record_from
from tests.unit.audit.chains import chain, kept

PAGE = Path(__file__).parents[3] / "docs" / "audit.md"
TEXTS = st.text(max_size=3_000)


def test_every_action_is_a_subject_and_a_verb_and_they_are_in_order() -> None:
    assert [action for action in Action if not re.fullmatch(r"[a-z]+\.[a-z]+", action)] == []
    assert list(Action) == sorted(Action)


def test_the_page_about_the_log_names_every_action_and_no_other() -> None:
    named = re.findall(r"^\| `([a-z]+\.[a-z]+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert named == [str(action) for action in Action]


@given(TEXTS, TEXTS, st.dictionaries(TEXTS, TEXTS, max_size=60))
def test_whatever_an_event_holds_it_is_bounded_and_survives_the_way_through_redis(
    actor: str, subject: str, details: dict[str, str]
) -> None:
    event = AuditEvent(1.5, Action.CALL_MADE, actor=actor, subject=subject, details=details)
    assert AuditEvent.from_json(event.canonical()) == event
    assert event.canonical().isascii()
    assert len(event.details) <= MOST_DETAILS
    assert all(len(name) <= LONGEST_NAME and len(text) <= LONGEST_DETAIL for name, text in event.details.items())


def test_what_was_cut_says_so() -> None:
    event = AuditEvent(1.5, Action.CALL_MADE, details={"arguments": "x" * 5_000})
    assert event.details["arguments"].endswith("x… cut, 5,000 characters in all")
    assert len(event.details["arguments"]) == LONGEST_DETAIL


def test_what_was_left_out_is_counted() -> None:
    event = AuditEvent(1.5, Action.CALL_MADE, details={f"d{number}": "x" for number in range(45)})
    assert event.details["…"] == "6 more details were left out"
    assert list(event.details)[:2] == ["d0", "d1"]


def test_half_a_surrogate_pair_does_not_stop_a_record() -> None:
    event = AuditEvent(1.5, Action.CALL_MADE, subject="\ud800x")
    assert AuditEvent.from_json(event.canonical()) == event


def test_the_canonical_text_is_the_same_whatever_the_order_of_the_details() -> None:
    one = AuditEvent(1.5, Action.CALL_MADE, details={"a": "1", "b": "2"})
    other = AuditEvent(1.5, Action.CALL_MADE, details={"b": "2", "a": "1"})
    assert one.canonical() == other.canonical()
    assert json.dumps(json.loads(one.canonical()), sort_keys=True, separators=(",", ":")) == one.canonical()


def test_an_event_of_a_version_that_knows_more_is_not_misread() -> None:
    assert AuditEvent.from_json('{"at":1.5,"action":"model.retired"}') is None
    assert AuditEvent.from_json("no JSON") is None


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {b"seq": b"1"},
        {**kept(chain(1)[0]), b"more": b"x"},
        {**kept(chain(1)[0]), b"seq": b"0"},
        {**kept(chain(1)[0]), b"seq": "\N{ARABIC-INDIC DIGIT ONE}".encode()},
        {**kept(chain(1)[0]), b"seq": b"9" * 40},
        {**kept(chain(1)[0]), b"mac": b"A" * 64},
        {**kept(chain(1)[0]), b"event": b"\xff\xfe"},
        {**kept(chain(1)[0]), b"event": b'{"a":1}\n'},
    ],
)
def test_what_cannot_be_a_record_of_ours_is_none(fields: dict[bytes, bytes]) -> None:
    assert record_from(fields) is None


def test_a_keyring_takes_keys_newest_first_and_does_not_show_them() -> None:
    keys = Keyring.of(" new-key , old-key,")
    assert keys.current == b"new-key"
    assert keys.age(name_of(b"old-key")) == 1
    assert "key" not in repr(keys).replace("Keyring", "")
    assert Keyring().current == b""
