"""A chain of records shows what was done to it, and where. Hypothesis does it at every place."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.audit import Action, AuditEvent, Head, Keyring, beginning, linked, name_of
from bot.audit_check import MOST_FAULTS, Kind
from tests.unit.audit.chains import KEYS, OTHER, TEAM, anchor, chain, changed, event, first, judged, read_back, seen

LENGTHS = st.integers(min_value=2, max_value=12)
FIELDS = st.sampled_from(["seq", "mac", "prev", "key", "event"])


@st.composite
def chains_and_places(draw: st.DrawFn) -> tuple[int, int]:
    """The length of a chain, and the number of one of its records."""
    length = draw(LENGTHS)
    return length, draw(st.integers(min_value=1, max_value=length))


@given(LENGTHS)
def test_a_chain_that_nobody_touched_is_intact(length: int) -> None:
    records = chain(length)
    verdict = judged(records, head=records[-1].head, anchors=[anchor(record) for record in records])
    assert verdict.intact
    assert (verdict.entries, verdict.newest, verdict.anchored, verdict.notes) == (length, length, length, ())


def test_a_chain_without_records_is_intact() -> None:
    assert judged([], head=None).intact


@given(chains_and_places())
def test_a_record_is_read_as_it_was_kept(where: tuple[int, int]) -> None:
    record = chain(where[0])[where[1] - 1]
    assert read_back(record) == record


@given(chains_and_places(), FIELDS)
def test_a_changed_record_is_found_whatever_was_changed(where: tuple[int, int], field: str) -> None:
    length, place = where
    records = chain(length)
    head = records[-1].head
    records[place - 1] = changed(records[place - 1], field)
    verdict = judged(records, head=head)
    assert first(verdict).seq == place
    assert first(verdict).kind in {Kind.CHANGED, Kind.UNKNOWN_KEY}
    assert {fault.seq for fault in verdict.faults} == {place}


@given(chains_and_places())
def test_a_record_made_anew_with_a_made_up_key_is_found(where: tuple[int, int]) -> None:
    length, place = where
    records = chain(length)
    head = records[-1].head
    before = records[place - 2].head if place > 1 else beginning(TEAM)
    forged = linked(event(99), before, OTHER)
    for claims in (forged.key, KEYS.current.hex()[:8], name_of(KEYS.current)):
        records[place - 1] = replace(forged, key=claims)
        assert {fault.seq for fault in judged(records, head=head).faults} <= {place, place + 1}
        assert first(judged(records, head=head)).seq == place


@given(chains_and_places())
def test_a_removed_record_is_missed_by_its_number(where: tuple[int, int]) -> None:
    length, place = where
    records = chain(length)
    head = records.pop(place - 1).head if place == length else records[-1].head
    if place < length:
        del records[place - 1]
    assert seen(judged(records, head=head)) == [(place, Kind.REMOVED if place < length else Kind.CUT)]


@given(chains_and_places())
def test_an_inserted_record_is_found_where_it_stands(where: tuple[int, int]) -> None:
    length, place = where
    records = chain(length)
    head = records[-1].head
    forged = linked(event(99), records[place - 1].head, OTHER)
    records.insert(place, forged)
    verdict = judged(records, head=head)
    assert first(verdict).entry == f"{place + 1}-0"
    assert seen(verdict)[0][1] in {Kind.INSERTED, Kind.UNKNOWN_KEY}


@given(chains_and_places(), st.data())
def test_a_copy_of_a_record_is_found(where: tuple[int, int], data: st.DataObject) -> None:
    length, place = where
    records = chain(length)
    head = records[-1].head
    records.insert(data.draw(st.integers(min_value=place, max_value=length)), records[place - 1])
    assert seen(judged(records, head=head)) == [(place, Kind.INSERTED)]


@given(chains_and_places(), st.data())
def test_a_record_that_was_moved_back_is_found(where: tuple[int, int], data: st.DataObject) -> None:
    length, place = where
    records = chain(length)
    head = records[-1].head
    moved = records.pop(place - 1)
    to = data.draw(st.integers(min_value=place - 1, max_value=length - 1))
    records.insert(to, moved)
    expected = [] if to == place - 1 else [(place, Kind.REORDERED)]
    verdict = judged(records, head=head)
    assert [fault for fault in seen(verdict) if fault[1] is Kind.REORDERED] == expected
    assert {fault.kind for fault in verdict.faults} <= {Kind.REORDERED, Kind.HEAD}


@given(LENGTHS, st.data())
def test_two_records_that_changed_places_are_found(length: int, data: st.DataObject) -> None:
    records = chain(length)
    head = records[-1].head
    one, other = sorted(data.draw(st.lists(st.integers(0, length - 1), min_size=2, max_size=2, unique=True)))
    records[one], records[other] = records[other], records[one]
    verdict = judged(records, head=head)
    assert first(verdict).seq == one + 1
    assert first(verdict).kind is Kind.REORDERED


@given(chains_and_places(), st.data())
def test_an_end_that_was_cut_off_with_the_head_is_found_behind_an_anchor(
    where: tuple[int, int], data: st.DataObject
) -> None:
    length, place = where
    records = chain(length)
    anchored = anchor(records[data.draw(st.integers(place - 1, length - 1))])
    left = records[: place - 1]
    verdict = judged(left, head=left[-1].head if left else None, anchors=[anchored])
    assert seen(verdict) == [(place, Kind.CUT)]
    assert str(anchored.seq) in first(verdict).what


@given(chains_and_places())
def test_another_history_made_with_the_same_key_is_found_by_an_anchor(where: tuple[int, int]) -> None:
    length, place = where
    noted = anchor(chain(length)[place - 1])
    other = [linked(AuditEvent(1.0, Action.FREEZE_SET), beginning(TEAM), KEYS)]
    records = chain(length, after=other)
    verdict = judged(records, head=records[-1].head, anchors=[noted])
    assert seen(verdict) == [(place, Kind.REWRITTEN)]


def test_an_end_that_was_cut_off_before_any_anchor_is_not_found_and_the_verdict_says_so() -> None:
    records = chain(5)
    verdict = judged(records[:4], head=records[3].head, anchors=[anchor(records[2])])
    assert verdict.intact
    assert "Record 3 is the last one anchored" in verdict.notes[0]
    assert "No anchor was given" in judged(records, head=records[-1].head).notes[0]


def test_entries_that_redis_counts_as_deleted_are_told_when_nothing_else_shows() -> None:
    records = chain(4)
    assert seen(judged(records[:3], head=records[2].head, deleted=1)) == [(4, Kind.CUT)]


def test_a_cut_tail_is_counted_and_named_from_where_to_where() -> None:
    records = chain(6)
    verdict = judged(records[:3], head=records[-1].head)
    assert seen(verdict) == [(4, Kind.CUT)]
    assert first(verdict).what == "records 4 to 6 are cut off: Redis keeps 6 as the number of the newest"


def test_records_taken_away_in_several_places_are_named_in_their_order() -> None:
    records = chain(9)
    left = [record for record in records if record.seq not in {2, 3, 6}]
    assert [(fault.seq, fault.what) for fault in judged(left, head=records[-1].head).faults] == [
        (2, "records 2 to 3 are missing here"),
        (6, "record 6 is missing here"),
    ]


def test_a_record_replaced_by_one_that_proves_itself_breaks_the_next_link() -> None:
    records = chain(4)
    other = chain(1, after=[linked(AuditEvent(1.0, Action.FREEZE_SET), beginning(TEAM), KEYS)])
    records[1] = other[1]
    assert (3, Kind.REWRITTEN) in seen(judged(records, head=records[-1].head))


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (None, (3, Kind.HEAD)),
        (Head(2, chain(3)[1].mac, ""), (3, Kind.HEAD)),
        (Head(3, "0" * 64, ""), (3, Kind.HEAD)),
    ],
)
def test_a_head_that_does_not_belong_to_the_chain_is_told(head: Head | None, expected: tuple[int, Kind]) -> None:
    assert seen(judged(chain(3), head=head)) == [expected]


def test_the_chain_of_another_team_proves_nothing_here() -> None:
    records = chain(3, team="T2")
    assert first(judged(records, head=records[-1].head)).seq == 1


def test_anchors_of_another_team_do_not_count() -> None:
    records = chain(2)
    others = [anchor(record, team="T2") for record in chain(5, team="T2")]
    assert judged(records, head=records[-1].head, anchors=others).intact


def test_at_most_twenty_faults_are_listed_and_the_others_counted() -> None:
    records = [changed(record, "event") for record in chain(30)]
    verdict = judged(records, head=records[-1].head)
    assert [fault.seq for fault in verdict.faults] == list(range(1, MOST_FAULTS + 1))
    assert verdict.more == 10
    assert not verdict.intact


def test_after_a_change_of_keys_records_of_both_are_proven() -> None:
    old, both = (
        Keyring.of("the first key of this chain"),
        Keyring.of("the second key of it, the first key of this chain"),
    )
    records = chain(2, keys=both, after=chain(3, keys=old))
    assert judged(records, head=records[-1].head, keys=both).intact


def test_records_of_a_key_that_is_not_held_cannot_be_checked_and_are_told_as_one() -> None:
    old = Keyring.of("the first key of this chain")
    records = chain(2, after=chain(3, keys=old))
    verdict = judged(records, head=records[-1].head)
    assert seen(verdict) == [(1, Kind.UNKNOWN_KEY)]
    assert first(verdict).what.startswith("records 1 to 3 (3) cannot be checked")


def test_a_record_made_with_a_replaced_key_behind_a_newer_one_is_found() -> None:
    old, both = (
        Keyring.of("the first key of this chain"),
        Keyring.of("the second key of it, the first key of this chain"),
    )
    records = chain(1, keys=old, after=chain(2, keys=both, after=chain(3, keys=old)))
    assert seen(judged(records, head=records[-1].head, keys=both)) == [(6, Kind.OLD_KEY)]


@pytest.mark.parametrize("before", [Keyring.of("the first key of this chain"), Keyring()])
def test_a_chain_that_ends_before_the_newest_key_came_is_told(before: Keyring) -> None:
    keys = Keyring((b"the second key of this chain", *before.keys))
    records = chain(3, keys=before)
    assert seen(judged(records, head=records[-1].head, keys=keys)) == [(3, Kind.OLD_KEY)]


def test_records_from_before_there_was_a_key_are_intact_and_said_to_prove_little() -> None:
    records = chain(2, after=chain(3, keys=Keyring()))
    verdict = judged(records, head=records[-1].head, anchors=[anchor(records[-1])])
    assert verdict.intact
    assert verdict.notes == (
        "Records 1 to 3 are from before AUDIT_KEY was set: anybody who can write to Redis could have forged that.",
    )


def test_without_a_key_the_verdict_says_that_everybody_could_have_forged_it() -> None:
    records = chain(2, keys=Keyring())
    verdict = judged(records, head=records[-1].head, keys=Keyring(), anchors=[anchor(records[-1])])
    assert verdict.intact
    assert "anybody who can write to Redis could have forged" in verdict.notes[0]


def test_a_short_key_is_said_to_be_short() -> None:
    keys = Keyring.of("short")
    records = chain(1, keys=keys)
    verdict = judged(records, head=records[-1].head, keys=keys, anchors=[anchor(records[-1])])
    assert verdict.notes == ("A key in AUDIT_KEY is shorter than 16 characters: it can be found by trying.",)
