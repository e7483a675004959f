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
