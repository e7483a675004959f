"""The control API, as a story in another process uses it."""

import base64

import httpx
from slack_sdk import WebClient

from demo.workspace.server import WorkspaceServer

from .running import Control, Recorder, over_sockets
from .test_socket_mode import CARD


def test_a_person_posts_edits_and_deletes_through_it(control: Control, server: WorkspaceServer) -> None:
    content = base64.b64encode(b"\x00\xff").decode()
    posted = control(
        "POST",
        "/post",
        user="alice",
        channel="#ml-pipelines",
        text="@trainmaster onboard",
        files=[{"name": "a.py", "text": "x = 1"}, {"name": "b.bin", "base64": content}],
    )
    assert [server.workspace.content(f) for f in posted["files"]] == [b"x = 1", b"\x00\xff"]
    where = {"user": "alice", "channel": "C0MLPIPE", "ts": posted["ts"]}
    assert control("POST", "/edit", **where, text="never mind")["ok"]
    (message,) = control("GET", "/messages", channel="#ml-pipelines")["messages"]
    assert (message["text"], len(message["files"])) == ("never mind", 2)
    assert control("POST", "/react", **where, name="eyes")["changed"]
    assert control("POST", "/delete", **where)["ok"]
    assert control("GET", "/messages", channel="C0MLPIPE")["messages"] == []


def test_what_a_person_may_not_do_is_said_plainly(control: Control) -> None:
    refused = control("POST", "/post", user="bob", channel="D0ALICE", text="hello")
    assert (refused["ok"], "not a member" in refused["error"]) == (False, True)
    assert control("GET", "/messages", channel="#nowhere")["error"] == "channel_not_found"


def test_clicks_and_commands_answer_with_their_outcome(
    control: Control, server: WorkspaceServer, client: WebClient
) -> None:
    recorder = Recorder(server)
    recorder.app.action("go")(lambda ack: ack())
    recorder.app.action("pick")(lambda ack: ack())
    recorder.app.command("/mlops")(lambda ack: ack("taken"))
    ts = client.chat_postMessage(channel="C0MLPIPE", text="card", blocks=CARD)["ts"]
    where = {"user": "bob", "channel": "C0MLPIPE", "ts": ts}
    with over_sockets(server, recorder.app):
        assert control("POST", "/click", **where, action_id="go")["ok"]
        assert control("POST", "/click", **where, action_id="pick", option="2")["ok"]
        assert control("POST", "/command", user="bob", channel="#ml-pipelines", line="/mlops x")["ok"]
    (shown,) = control("GET", "/ephemerals", user="bob", channel="#ml-pipelines")["messages"]
    assert shown["text"] == "taken"


def test_faults_are_set_shown_and_cleared(control: Control, server: WorkspaceServer) -> None:
    control("POST", "/faults", drop_ack=2, methods={"chat.update": {"kind": "rate_limited", "retry_after": 3}})
    assert server.faults.drop_ack == 2
    assert control("GET", "/faults")["faults"]["methods"]["chat.update"]["retry_after"] == 3
    httpx.delete(f"{server.page_url}/control/faults", trust_env=False)
    assert server.faults.drop_ack == 0
    assert server.faults.methods == {}


def test_state_counts_calls_and_connections(control: Control, server: WorkspaceServer, client: WebClient) -> None:
    client.auth_test()
    recorder = Recorder(server)
    with over_sockets(server, recorder.app):
        state = control("GET", "/state")
        assert state["connections"] == 1
        assert state["calls"]["auth.test"] >= 1
        assert control("POST", "/disconnect", how="cut")["ok"]
    control("POST", "/limits", enabled=False)
    assert not server.limits.enabled


def test_a_web_page_from_elsewhere_cannot_reach_it(server: WorkspaceServer) -> None:
    url = f"{server.page_url}/control/state"
    assert httpx.get(url, headers={"Host": "evil.example"}, trust_env=False).status_code == 403
    assert httpx.get(url, headers={"Origin": "https://evil.example"}, trust_env=False).status_code == 403
    assert httpx.get(url, trust_env=False).status_code == 200


def test_people_and_groups_change_through_it(control: Control, client: WebClient) -> None:
    guest = control("POST", "/people/add", name="gwen", real_name="Gwen Ito", channels=["#ml-pipelines"], guest=True)
    user = client.users_info(user=guest["person"]["id"])["user"]
    assert (user["is_restricted"], user["is_ultra_restricted"]) == (True, True)
    assert control("POST", "/groups/member", group="ml-approvers", user="gwen")["group"]["members"] == [
        "U0BOB",
        user["id"],
    ]
    control("POST", "/groups/member", group="ml-approvers", user="bob", member=False)
    assert client.usergroups_users_list(usergroup="S0APPROVERS")["users"] == [user["id"]]
    control("POST", "/groups/rename", group="S0APPROVERS", handle="approvers")
    assert control("POST", "/groups/create", handle="on-call", members=["carol"])["group"]["members"] == ["U0CAROL"]
    assert {g["handle"] for g in client.usergroups_list()["usergroups"]} == {"approvers", "data-science", "on-call"}
    assert control("POST", "/people/deactivate", user="gwen")["person"]["deleted"]
    assert client.usergroups_users_list(usergroup="S0APPROVERS")["users"] == []
    assert control("POST", "/groups/member", group="nobody", user="bob")["error"] == "no_such_subteam"
