"""Which shared files get an offer."""

from typing import Any

import pytest

from bot.events import Dropped, FileRef, Thread, turn_from
from bot.offers import dropped_in, is_pipeline

BOT = "U0BOT"


def dropped(**changes: Any) -> Dropped | None:
    """What is offered for a message that shares `churn.py`."""
    said = {"type": "message", "subtype": "file_share", "user": "U1", "text": "v2", "channel": "C1", "ts": "2.0"}
    event = {**said, "files": [{"id": "F1", "name": "churn.py", "mode": "snippet"}], **changes}
    return dropped_in(turn_from({"team_id": "T1", "event": event}, bot_user=BOT))


def test_a_pipeline_file_in_a_channel_is_one_drop_named_after_its_message() -> None:
    found = dropped()
    assert found is not None
    assert (found.id, found.thread) == ("T1-C1-2.0", Thread(team="T1", channel="C1", root="2.0"))
    assert (found.actor.user, found.names) == ("U1", ("churn.py",))


def test_of_several_files_the_pipelines_are_named() -> None:
    files = [{"id": name, "name": name} for name in ("rows.csv", "A.PY", "b.py", "notes.python")]
    found = dropped(files=files)
    assert found is not None
    assert found.names == ("A.PY", "b.py")


@pytest.mark.parametrize(
    "changes",
    [
        {"files": []},
        {"files": [{"id": "F1", "name": "rows.csv"}]},
        {"files": [{"id": "F1", "mode": "tombstone"}]},
        {"files": [{"id": "F1", "mode": "file_access", "file_access": "check_file_info"}]},
        {"thread_ts": "1.0"},
        {"text": f"<@{BOT}> onboard this"},
        {"type": "app_mention"},
        {"channel_type": "im", "channel": "D1"},
    ],
)
def test_other_files_threads_mentions_and_direct_messages_get_no_offer(changes: dict[str, Any]) -> None:
    assert dropped(**changes) is None


def test_what_was_deleted_is_no_pipeline_whatever_its_name() -> None:
    assert is_pipeline(FileRef(id="F1", name="churn.py"))
    assert not is_pipeline(FileRef(id="F1", name="churn.py", mode="tombstone"))
