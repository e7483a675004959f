"""The knobs."""

import pytest
from pydantic import ValidationError

from demo.workspace.faults import Faults, FaultSettings


def test_a_change_turns_only_the_knobs_it_names() -> None:
    faults = Faults()
    faults.drop_ack = 2
    faults.change(FaultSettings.model_validate({"delay": 0.5}))
    assert (faults.drop_ack, faults.delay) == (2, 0.5)


def test_method_faults_are_added_one_by_one_and_taken_away_by_null() -> None:
    faults = Faults()
    faults.change(FaultSettings.model_validate({"methods": {"a": {"kind": "reset"}}}))
    faults.change(FaultSettings.model_validate({"methods": {"b": {"kind": "hidden", "times": None}}}))
    assert set(faults.methods) == {"a", "b"}
    faults.change(FaultSettings.model_validate({"methods": {"a": None}}))
    assert set(faults.methods) == {"b"}
    faults.change(FaultSettings.model_validate({"methods": {}}))
    assert faults.methods == {}


def test_counters_run_down() -> None:
    faults = Faults()
    faults.drop_ack = 1
    faults.disconnect_after = 2
    assert [faults.lose_ack(), faults.lose_ack()] == [True, False]
    assert [faults.cut_now(), faults.cut_now(), faults.cut_now()] == [False, True, False]
    faults.on("x", "server_error", times=2)
    assert [f is not None for f in (faults.strike("x"), faults.strike("x"), faults.strike("x"))] == [True, True, False]


@pytest.mark.parametrize("settings", [{"drop": 1}, {"duplicate": 4}, {"methods": {"a": {"kind": "explode"}}}])
def test_a_knob_that_does_not_exist_is_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        FaultSettings.model_validate(settings)


def struck(faults: Faults, *methods: str) -> list[bool]:
    return [faults.strike(method) is not None for method in methods]


def test_what_happens_at_random_happens_again_with_the_same_seed() -> None:
    def drawn(seed: int) -> list[object]:
        faults = Faults()
        settings = {"seed": seed, "drop_acks": 0.5, "duplicate_up_to": 3}
        faults.change(FaultSettings.model_validate(settings))
        faults.on("a", "reset", times=None, probability=0.5)
        return [(faults.lose_ack(), faults.copies(), *struck(faults, "a")) for _ in range(30)]

    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)


def test_a_star_hits_every_method_that_has_no_fault_of_its_own() -> None:
    faults = Faults()
    faults.on("*", "server_error", times=2)
    faults.on("b", "reset", times=None)
    assert struck(faults, "a", "b", "c", "d") == [True, True, True, False]


def test_a_fault_may_be_of_one_channel_only() -> None:
    faults = Faults()
    faults.on("a", "error", times=None, channel="C1")
    assert faults.strike("a", "C2") is None
    assert faults.strike("a", "C1") is not None


def test_new_sockets_are_asked_for_after_so_many_envelopes() -> None:
    faults = Faults()
    faults.refresh_after = 2
    assert [faults.refresh_now() for _ in range(3)] == [False, True, False]
