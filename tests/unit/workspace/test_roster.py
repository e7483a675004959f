"""Who belongs where, as the app is told it."""

import dataclasses
import json
from pathlib import Path

import pytest

from demo import run
from demo.workspace import seed
from demo.workspace.store import FolderStore
from demo.workspace.timeline import NotFound
from demo.workspace.workspace import NotAllowed, Workspace

from .samples import CallApi, Clock, modal


def test_the_seeded_groups_have_their_members(api: CallApi) -> None:
    answer = api("usergroups.list", include_users="true", include_count="1")
    shown = {group["id"]: (group["handle"], group["users"], group["user_count"]) for group in answer["usergroups"]}
    assert shown == {
        "S0APPROVERS": ("ml-approvers", ["U0BOB"], 1),
        "S0DATA": ("data-science", ["U0ALICE"], 1),
    }


def test_members_and_their_number_are_told_only_when_asked_for(api: CallApi) -> None:
    for group in api("usergroups.list")["usergroups"]:
        assert not {"users", "user_count"} & set(group)


def test_members_come_and_go(api: CallApi, workspace: Workspace) -> None:
    workspace.add_to_group("@ml-approvers", "carol")
    workspace.add_to_group("S0APPROVERS", "carol")
    assert api("usergroups.users.list", usergroup="S0APPROVERS")["users"] == ["U0BOB", "U0CAROL"]
    workspace.remove_from_group("ml-approvers", "bob")
    assert api("usergroups.users.list", usergroup="S0APPROVERS")["users"] == ["U0CAROL"]


def test_a_renamed_group_keeps_its_id_and_members(api: CallApi, workspace: Workspace, clock: Clock) -> None:
    clock.passes(60)
    workspace.rename_group("ml-approvers", "release-approvers", "Release approvers")
    group = next(g for g in api("usergroups.list")["usergroups"] if g["id"] == "S0APPROVERS")
    assert (group["handle"], group["name"], group["date_update"]) == (
        "release-approvers",
        "Release approvers",
        int(clock.time),
    )
    assert api("usergroups.users.list", usergroup="S0APPROVERS")["users"] == ["U0BOB"]
    with pytest.raises(NotFound):
        workspace.group("ml-approvers")


@pytest.mark.parametrize("unknown", ["S0NOBODY", "ml-approvers"])
def test_a_group_is_asked_for_by_its_id(api: CallApi, unknown: str) -> None:
    assert api("usergroups.users.list", usergroup=unknown)["error"] == "no_such_subteam"


@pytest.mark.parametrize("method", ["usergroups.list", "usergroups.users.list"])
def test_groups_are_a_scope_of_their_own(api: CallApi, workspace: Workspace, method: str) -> None:
    workspace.app = dataclasses.replace(workspace.app, scopes=workspace.app.scopes - {"usergroups:read"})
    answer = api(method, usergroup="S0APPROVERS")
    assert (answer["error"], answer["needed"]) == ("missing_scope", "usergroups:read")


def test_a_guest_is_restricted_and_one_of_a_single_channel_more_so(api: CallApi, workspace: Workspace) -> None:
    single = workspace.add_guest("gwen", "Gwen Ito", ["#random"])
    several = workspace.add_guest("gus", "Gus Lee", ["#random", "#ml-pipelines"])
    shown = [api("users.info", user=person)["user"] for person in (single.id, several.id, "U0ALICE")]
    assert [(u["is_restricted"], u["is_ultra_restricted"]) for u in shown] == [
        (True, True),
        (True, False),
        (False, False),
    ]
    assert workspace.post("gwen", "#random", "hello").user == single.id
    assert workspace.direct("gwen").members == (single.id, seed.BOT)


def test_a_deactivated_person_cannot_act_is_in_no_group_and_is_told_as_deleted(
    api: CallApi, workspace: Workspace
) -> None:
    workspace.deactivate("bob")
    shown = api("users.info", user="U0BOB")["user"]
    assert shown["deleted"]
    assert not {"is_restricted", "is_ultra_restricted", "tz", "is_admin"} & set(shown)
    assert api("usergroups.users.list", usergroup="S0APPROVERS")["users"] == []
    with pytest.raises(NotAllowed, match="deactivated"):
        workspace.post("bob", "#ml-pipelines", "still here?")
    view = workspace.modals.views.open("U0BOB", modal())
    with pytest.raises(NotAllowed, match="deactivated"):
        workspace.submit("bob", view, {"Reason": "still here?"})
    assert "U0BOB" not in {person.id for person in workspace.humans}
    assert "U0BOB" in {member["id"] for member in api("users.list")["members"]}


def test_somebody_of_another_workspace_is_a_stranger_until_they_share_a_channel_with_the_app(
    api: CallApi, workspace: Workspace
) -> None:
    visitor = workspace.add_person("vic", "Vic Roe", team="T0OTHER", channels=["#random"])
    stranger = api("users.info", user=visitor.id)["user"]
    assert (stranger["team_id"], stranger["is_stranger"]) == ("T0OTHER", True)
    workspace.join("#ml-pipelines", "vic")
    assert api("users.info", user=visitor.id)["user"]["is_stranger"] is False
    assert "is_stranger" not in api("users.info", user="U0ALICE")["user"]


def test_the_offset_of_a_time_zone_is_that_of_the_day(api: CallApi, clock: Clock) -> None:
    clock.time = 1_705_000_000.0  # January
    winter = api("users.info", user="U0ALICE")["user"]
    clock.time = 1_720_000_000.0  # July
    summer = api("users.info", user="U0ALICE")["user"]
    assert (winter["tz_offset"], summer["tz_offset"]) == (3600, 7200)
    assert (winter["tz"], summer["tz_label"]) == ("Europe/Amsterdam", "Central European Summer Time")


@pytest.mark.parametrize(
    ("here", "zone"), [("America/New_York", "America/New_York"), ("Etc/UTC", "UTC"), (None, "UTC")]
)
def test_the_people_of_the_demo_live_where_the_machine_is(
    here: str | None, zone: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tzlocal.get_localzone_name", lambda: here)
    run.settle(workspace)
    assert {workspace.person(human).tz for human in seed.HUMANS} == {zone}


def test_a_mention_of_a_group_reaches_the_app_as_slack_writes_it(workspace: Workspace, api: CallApi) -> None:
    workspace.post("alice", "#ml-pipelines", "@ml-approvers please look")
    (message,) = api("conversations.history", channel="C0MLPIPE")["messages"]
    assert message["text"] == "<!subteam^S0APPROVERS> please look"
    (section,) = message["blocks"][0]["elements"]
    assert section["elements"][0] == {"type": "usergroup", "usergroup_id": "S0APPROVERS"}


def test_groups_and_people_survive_a_restart(tmp_path: Path) -> None:
    first = Workspace(FolderStore(tmp_path))
    first.add_to_group("ml-approvers", "carol")
    made = first.create_group("on-call", ["alice"])
    guest = first.add_guest("gwen", "Gwen Ito", ["#random"])
    first.deactivate("bob")
    first.close()

    second = Workspace(FolderStore(tmp_path))

    assert second.group("ml-approvers").members == ("U0CAROL",)
    assert second.group("on-call") == made
    assert second.person("gwen") == guest
    assert second.person("bob").deleted
    second.close()


def test_people_kept_by_an_earlier_version_are_read(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    old = {"id": "U0OLD", "name": "old", "real_name": "Old Hand", "title": "", "team": "T0LOCAL", "bot_id": ""}
    store._db.execute("INSERT INTO record VALUES ('person', 'U0OLD', ?)", (json.dumps(old),))
    workspace = Workspace(store)
    assert (workspace.person("old").guest, workspace.person("old").deleted) == ("", False)
    assert [group.handle for group in workspace.groups] == ["ml-approvers", "data-science"]
    workspace.close()
