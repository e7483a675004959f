"""What the verdict counts, and what it does not."""

from dataclasses import replace

import pytest

from bot.errors import MembershipUnknown
from tests.chaos.verdict import Asked, Kind, Said, judge

FIRST = Asked(1, Kind.QUESTION, "C1:10.000001", "U1", "T-C1-10.000001", at=100.0)
SECOND = Asked(2, Kind.QUESTION, "C1:10.000001", "U2", "T-C1-10.000002", at=101.0)
CHANGE = Asked(3, Kind.CHANGE, "C2:11.000001", "U1", "T-C2-11.000001", at=100.0)
COMMAND = Asked(4, Kind.COMMAND, "C1", "U1", "", at=100.0)
STARTING = Asked(5, Kind.STARTING_COMMAND, "C1", "U1", "", at=100.0)
DECISION = Asked(7, Kind.DECISION, "C1:10.000001", "U2", "", at=100.0, proposal="P-AAA")
PRESS = Asked(6, Kind.PRESS, "C1:10.000001", "U1", "", at=100.0)


def answer(one: Asked, *, ts: str, at: float = 105.0) -> Said:
    return Said(at=at, thread=one.thread, ts=ts, entry=f"turn:{one.turn}:answer:0", text="Here.")


def private(one: Asked, text: str) -> Said:
    return Said(at=105.0, thread=one.thread, ts="20.000001", entry="", text=text, to=one.user)


def test_answers_in_order_hold_and_the_longest_wait_since_the_strike_is_the_recovery() -> None:
    said = [answer(FIRST, ts="12.000001", at=104.0), answer(SECOND, ts="12.000002", at=109.5)]
    verdict = judge([FIRST, SECOND], said, {}, struck=102.0)
    assert verdict.holds
    assert verdict.recovery == 7.5


def test_what_had_no_end_when_it_struck_was_under_way() -> None:
    said = [answer(FIRST, ts="12.000001", at=101.0), answer(SECOND, ts="12.000002", at=109.5)]
    assert judge([FIRST, SECOND], said, {}, struck=102.0).underway == 1
    assert judge([FIRST, SECOND], said[:1], {}, struck=100.5).underway == 1


def test_what_was_asked_after_the_strike_waits_from_then_on() -> None:
    late = replace(FIRST, at=110.0)
    assert judge([late], [answer(late, ts="12.000001", at=111.0)], {}, struck=102.0).recovery == 1.0


def test_what_was_answered_before_the_strike_needs_no_recovery() -> None:
    assert judge([FIRST], [answer(FIRST, ts="12.000001", at=101.0)], {}, struck=102.0).recovery == 0.0


@pytest.mark.parametrize("one", [FIRST, CHANGE, COMMAND, STARTING, PRESS, DECISION], ids=lambda one: str(one.kind))
def test_what_was_accepted_and_has_no_end_is_lost(one: Asked) -> None:
    verdict = judge([one], [], {}, struck=0.0)
    assert len(verdict.lost) == 1
    assert not verdict.holds


def test_what_the_person_was_told_is_refused_is_owed_nothing() -> None:
    assert judge([replace(COMMAND, accepted=False)], [], {}, struck=0.0).holds


def test_what_was_refused_at_once_is_owed_nothing_unless_it_was_done_all_the_same() -> None:
    told = private(COMMAND, "I cannot take this now: my memory (Redis) does not answer. Please try again in a minute.")
    assert judge([COMMAND], [told], {}, struck=0.0).holds
    assert len(judge([PRESS], [told], {}, struck=0.0).lost) == 1
    done = private(COMMAND, "There is no run “nosuch-00004”.")
    assert len(judge([COMMAND], [told, done], {}, struck=0.0).doubled) == 1


def test_an_answer_to_another_turn_is_no_answer() -> None:
    assert len(judge([FIRST, SECOND], [answer(FIRST, ts="12.000001")], {}, struck=0.0).lost) == 1


def test_a_failure_message_is_an_end_and_is_listed() -> None:
    failed = Said(at=105.0, thread=FIRST.thread, ts="12.1", entry=f"turn:{FIRST.turn}:failed", text="✗")
    verdict = judge([FIRST], [failed], {}, struck=0.0)
    assert verdict.holds
    assert len(verdict.failed) == 1


def test_one_entry_posted_twice_is_doubled() -> None:
    said = [answer(FIRST, ts="12.000001"), answer(FIRST, ts="12.000002")]
    assert len(judge([FIRST], said, {}, struck=0.0).doubled) == 1


def test_any_message_counts_not_only_answers() -> None:
    card = Said(at=105.0, thread="C1:1.0", ts="12.1", entry="run:r1:end:1", text="completed")
    assert len(judge([], [card, card], {}, struck=0.0).doubled) == 1


def test_an_answer_beside_a_failure_is_doubled() -> None:
    failed = Said(at=105.0, thread=FIRST.thread, ts="12.1", entry=f"turn:{FIRST.turn}:failed", text="✗")
    assert len(judge([FIRST], [answer(FIRST, ts="12.2"), failed], {}, struck=0.0).doubled) == 1


def test_two_runs_for_one_request_are_doubled() -> None:
    said = [answer(CHANGE, ts="12.000001")]
    assert judge([CHANGE], said, {3: 1}, struck=0.0).holds
    assert len(judge([CHANGE], said, {3: 2}, struck=0.0).doubled) == 1


def test_an_answer_without_the_run_it_speaks_of_is_a_loss() -> None:
    assert len(judge([CHANGE], [answer(CHANGE, ts="12.000001")], {3: 0}, struck=0.0).lost) == 1
    told = replace(answer(CHANGE, ts="12.000001"), text="I could not reach Prefect: no answer within 10 s.")
    verdict = judge([CHANGE], [told], {}, struck=0.0)
    assert (verdict.holds, len(verdict.failed)) == (True, 1)
    assert judge([CHANGE], [told], {3: 1}, struck=0.0).failed == ()
    for reason in ("", "token_revoked"):
        untold = replace(told, text=str(MembershipUnknown("usergroups.users.list", reason=reason)))
        assert judge([CHANGE], [untold], {}, struck=0.0).failed == (f"change 3 in {CHANGE.thread}",)


def test_a_later_question_answered_first_is_out_of_order() -> None:
    said = [answer(SECOND, ts="12.000001"), answer(FIRST, ts="12.000002")]
    verdict = judge([FIRST, SECOND], said, {}, struck=0.0)
    assert len(verdict.disordered) == 1
    assert "question 2" in verdict.disordered[0]


def test_places_are_compared_to_the_last_digit() -> None:
    said = [answer(SECOND, ts="1795412471.000001"), answer(FIRST, ts="1795412471.000002")]
    assert len(judge([FIRST, SECOND], said, {}, struck=0.0).disordered) == 1


def test_threads_do_not_wait_for_one_another() -> None:
    said = [answer(CHANGE, ts="12.000001"), answer(FIRST, ts="12.000002")]
    assert judge([FIRST, CHANGE], said, {3: 1}, struck=0.0).holds


def test_a_command_is_known_by_its_number_and_a_press_by_its_thread() -> None:
    said = [private(COMMAND, "There is no run “nosuch-00004”."), private(PRESS, "Log of brave-bear")]
    assert judge([COMMAND, PRESS], said, {}, struck=0.0).holds
    assert len(judge([COMMAND], [private(COMMAND, "There is no run “nosuch-00014”.")], {}, struck=0.0).lost) == 1


def test_what_one_person_is_told_twice_is_counted_apart() -> None:
    told = private(PRESS, "Log of brave-bear")
    verdict = judge([PRESS], [told, told], {}, struck=0.0)
    assert verdict.holds
    assert verdict.again == 1


def test_a_command_that_opens_two_threads_is_doubled() -> None:
    opened = [
        Said(105.0, "C1:30.1", "30.1", f"command:k{n}:root", "asked for `/mlops run numbered number=5`") for n in (1, 2)
    ]
    told = [Said(106.0, "C1:30.1", "30.2", "command:k1:answer", "Started")]
    assert judge([STARTING], [*opened[:1], *told], {5: 1}, struck=0.0).holds
    assert len(judge([STARTING], [*opened, *told], {5: 1}, struck=0.0).doubled) == 1


def test_a_command_that_failed_is_told_so_to_who_typed_it() -> None:
    verdict = judge([COMMAND], [private(COMMAND, "This failed through a fault of mine")], {}, struck=0.0)
    assert verdict.holds
    assert len(verdict.failed) == 1


def test_who_is_told_that_a_back_end_is_away_has_an_end_that_is_listed() -> None:
    away = "✗ I could not reach Prefect: connection refused."
    pressed = private(PRESS, away)
    typed = replace(private(COMMAND, away), thread="C1:20.000001")
    assert judge([PRESS, COMMAND], [pressed, typed], {}, struck=100.0).failed == (
        "press 6 in C1:10.000001",
        "command 4 in C1",
    )
    assert judge([PRESS, COMMAND], [pressed], {}, struck=100.0).lost == ("command 4 in C1",)
    unsure = replace(answer(CHANGE, ts="12.000001"), text="I was interrupted, and cannot tell whether it happened.")
    verdict = judge([CHANGE], [unsure], {}, struck=100.0)
    assert verdict.holds
    assert len(verdict.failed) == 1


def test_a_decision_is_answered_by_its_proposals_outcome_or_by_why_it_does_not_count() -> None:
    outcome = Said(at=105.0, thread=DECISION.thread, ts="12.1", entry="proposal:P-AAA:told", text="Done.")
    of_another = replace(outcome, entry="proposal:P-BBB:told")
    refused = private(DECISION, "You asked for this yourself: the rule `aliases` wants somebody else to decide.")
    assert judge([DECISION], [outcome], {}, struck=0.0).holds
    assert judge([DECISION], [refused], {}, struck=0.0).holds
    assert len(judge([DECISION], [of_another], {}, struck=0.0).lost) == 1


def test_a_decision_that_was_refused_may_be_made_again() -> None:
    told = private(
        DECISION, "I cannot take this now: my memory (Redis) does not answer. Please press again in a minute."
    )
    outcome = Said(at=105.0, thread=DECISION.thread, ts="12.1", entry="proposal:P-AAA:told", text="Done.")
    assert judge([DECISION], [told], {}, struck=0.0).holds
    assert judge([DECISION, replace(DECISION, number=8)], [told, outcome], {}, struck=0.0).holds
