"""`files.*`: three steps of an upload, and what the app may see."""

import json
from typing import Any

from demo.workspace.site import Site
from demo.workspace.workspace import Workspace

from .samples import CallApi


def uploaded(api: CallApi, site: Site, content: bytes = b"log") -> str:
    announced = api("files.getUploadURLExternal", filename="log.txt", length=str(len(content)))
    site.uploads[announced["upload_url"].rpartition("/")[2]].content = content
    return str(announced["file_id"])


def complete(api: CallApi, *ids: str, **args: Any) -> dict[str, Any]:
    return api("files.completeUploadExternal", files=json.dumps([{"id": i, "title": "The log"} for i in ids]), **args)


def test_an_upload_is_shared_in_the_thread_with_its_comment(workspace: Workspace, api: CallApi, site: Site) -> None:
    root = workspace.post("alice", "#ml-pipelines", "hello")
    file_id = uploaded(api, site)
    answer = complete(api, file_id, channel_id="C0MLPIPE", thread_ts=root.ts, initial_comment="here")
    message = workspace.thread("C0MLPIPE", root.ts)[-1]
    assert (message.text, message.files[0].title, message.bot_id) == ("here", "The log", "B0TRAINMSTR")
    assert answer["files"][0]["id"] == file_id
    assert workspace.content(file_id) == b"log"


def test_an_upload_whose_bytes_never_came_is_refused(api: CallApi) -> None:
    file_id = api("files.getUploadURLExternal", filename="a.txt", length="3")["file_id"]
    assert complete(api, file_id, channel_id="C0MLPIPE")["error"] == "file_not_found"


def test_an_upload_to_a_channel_without_the_bot_is_refused_and_can_be_tried_elsewhere(api: CallApi, site: Site) -> None:
    file_id = uploaded(api, site)
    assert complete(api, file_id, channel_id="C0RANDOM")["error"] == "not_in_channel"
    assert complete(api, file_id, channel_id="C0MLPIPE")["ok"]


def test_refused_blocks_share_nothing(workspace: Workspace, api: CallApi, site: Site) -> None:
    file_id = uploaded(api, site)
    answer = complete(api, file_id, channel_id="C0MLPIPE", blocks=[{"type": "nope"}])
    assert answer["error"] == "invalid_blocks"
    assert workspace.messages("C0MLPIPE") == []
    assert complete(api, file_id, channel_id="C0MLPIPE")["ok"]


def test_a_file_without_a_channel_stays_private(workspace: Workspace, api: CallApi, site: Site) -> None:
    file_id = uploaded(api, site)
    assert complete(api, file_id)["ok"]
    assert workspace.file(file_id).shares == ()


def test_a_shared_file_leads_to_its_message(workspace: Workspace, api: CallApi) -> None:
    root = workspace.post("alice", "#ml-pipelines", "hello")
    message = workspace.upload("alice", "#ml-pipelines", "a.py", b"x", thread_ts=root.ts)
    shares = api("files.info", file=message.files[0].id)["file"]["shares"]
    (share,) = shares["public"]["C0MLPIPE"]
    assert (share["ts"], share["thread_ts"]) == (message.ts, root.ts)


def test_files_the_bot_cannot_see_do_not_exist_for_it(workspace: Workspace, api: CallApi) -> None:
    hidden = workspace.upload("alice", "#random", "a.py", b"x")
    gone = workspace.upload("alice", "#ml-pipelines", "b.py", b"x")
    workspace.delete_file("alice", gone.files[0].id)
    assert api("files.info", file=hidden.files[0].id)["error"] == "file_not_found"
    assert api("files.info", file=gone.files[0].id)["error"] == "file_deleted"
    assert api("files.info", file="F0NONE")["error"] == "file_not_found"
    (message,) = api("conversations.history", channel="C0MLPIPE")["messages"]
    assert message["files"][0]["mode"] == "tombstone"
