"""Who belongs to what, as Slack tells it, and what is remembered of that."""

from collections.abc import Iterator

import pytest
import redis

from bot.budgets import METHODS, Budgets
from bot.directory import KEPT_SECONDS, REMEMBERED_SECONDS, SlackDirectory
from bot.errors import MembershipUnknown
from bot.slack import SlackGateway
from demo.workspace.server import WorkspaceServer
from tests.fakes.slack_people import TEAM, SlackPeople, person

ANN, GROUP = "U0ANN", "S0TEAM"
OTHERS = [
    person("U0GUEST", is_restricted=True),
    person("U0SINGLE", is_restricted=True, is_ultra_restricted=True),
    person("U0GONE", deleted=True),
    person("U0BOT", is_bot=True),
    person("U0ELSE", team="T0OTHER"),
    person("U0STRANGE", is_stranger=True),
    {"id": "U0VAGUE", "team_id": TEAM},
]


@pytest.fixture
def slack() -> Iterator[SlackPeople]:
    grid = person("W0GRID", team="T0HOME", enterprise_user={"teams": ["T0HOME", TEAM]})
    with SlackPeople(person(ANN), grid, *OTHERS, **{GROUP: [ANN, "U0BEN"]}) as people:
        yield people


@pytest.fixture
def directory(slack: SlackPeople, connection: "redis.Redis") -> SlackDirectory:
    gateway = SlackGateway(token="xoxb-1", api_url=slack.api_url)
    gateway.keep_to(Budgets(connection, team=TEAM))
    return SlackDirectory(gateway, connection, team=TEAM, patience=0)


def aged(connection: "redis.Redis", kind: str, name: str) -> None:
    """Make what is remembered a little too old."""
    connection.expire(f"tm:{TEAM}:directory:v1:{kind}:{name}", KEPT_SECONDS - REMEMBERED_SECONDS - 1)


def test_a_full_member_is_one_in_every_respect(directory: SlackDirectory) -> None:
    others = {str(one["id"]): directory.is_member(str(one["id"])) for one in OTHERS}
    assert (directory.is_member(ANN), directory.is_member("W0GRID")) == (True, True)
    assert others == dict.fromkeys(others, False)
    assert directory.is_member("U0NOBODY") is False


def test_a_group_has_the_people_that_slack_names_and_one_that_is_gone_nobody(directory: SlackDirectory) -> None:
    assert directory.members(GROUP) == {ANN, "U0BEN"}
    assert directory.members("S0GONE") == frozenset()


def test_slack_is_asked_once_a_minute_by_all_processes_together(
    directory: SlackDirectory, slack: SlackPeople, connection: "redis.Redis"
) -> None:
    other = SlackDirectory(SlackGateway(token="xoxb-1", api_url=slack.api_url), connection, team=TEAM)
    for _ in range(3):
        assert directory.is_member(ANN)
        assert other.is_member(ANN)
        assert ANN in directory.members(GROUP)
    assert slack.asked == [("users.info", ANN), ("usergroups.users.list", GROUP)]
    slack.people[ANN] = person(ANN, deleted=True)
    aged(connection, "user", ANN)
    assert other.is_member(ANN) is False


def test_a_decision_asks_afresh_and_what_it_hears_is_remembered(directory: SlackDirectory, slack: SlackPeople) -> None:
    assert ANN in directory.members(GROUP)
    assert directory.is_member(ANN)
    slack.groups[GROUP] = ["U0BEN"]
    slack.people[ANN] = person(ANN, is_restricted=True)
    assert (ANN in directory.members(GROUP), directory.is_member(ANN)) == (True, True)
    assert (ANN in directory.members(GROUP, fresh=True), directory.is_member(ANN, fresh=True)) == (False, False)
    assert (ANN in directory.members(GROUP), directory.is_member(ANN)) == (False, False)


def test_while_slack_is_away_a_decision_is_not_taken_and_the_rest_goes_by_the_last_quarter_of_an_hour(
    directory: SlackDirectory, slack: SlackPeople, connection: "redis.Redis"
) -> None:
    assert directory.is_member(ANN)
    slack.away = True
    aged(connection, "user", ANN)
    assert directory.is_member(ANN) is True
    with pytest.raises(MembershipUnknown, match=r"did not tell me in time who may do this \(users\.info\)"):
        directory.is_member(ANN, fresh=True)
    with pytest.raises(MembershipUnknown, match=r"usergroups\.users\.list"):
        directory.members(GROUP)
    assert connection.ttl(f"tm:{TEAM}:directory:v1:user:{ANN}") < KEPT_SECONDS - REMEMBERED_SECONDS


def test_a_missing_scope_is_told_with_what_to_do(directory: SlackDirectory, slack: SlackPeople) -> None:
    slack.refuses = "missing_scope"
    with pytest.raises(MembershipUnknown, match=r"users\.info: missing_scope.*python -m worker doctor"):
        directory.is_member(ANN)


def test_slacks_limit_on_groups_is_kept_and_said(directory: SlackDirectory, slack: SlackPeople) -> None:
    def often() -> None:
        for _ in range(20):
            directory.members(GROUP, fresh=True)

    with pytest.raises(MembershipUnknown):
        often()
    assert len(slack.asked) == METHODS["usergroups.users.list"][0].burst


def test_nothing_is_told_while_redis_is_away(slack: SlackPeople) -> None:
    gateway = SlackGateway(token="xoxb-1", api_url=slack.api_url)
    away = SlackDirectory(gateway, redis.Redis(port=1, decode_responses=True), team=TEAM)
    with pytest.raises(redis.RedisError):
        away.is_member(ANN)


def test_the_people_of_the_local_workspace_are_members_and_its_bots_are_not(
    connection: "redis.Redis",
) -> None:
    with WorkspaceServer() as workspace:
        gateway = SlackGateway(token=workspace.bot_token, api_url=workspace.api_url)
        directory = SlackDirectory(gateway, connection, team="T0LOCAL", patience=0)
        told = {user: directory.is_member(user) for user in ("U0ALICE", "U0BOB", "U0TRAINMSTR", "U0NOBODY")}
    assert told == {"U0ALICE": True, "U0BOB": True, "U0TRAINMSTR": False, "U0NOBODY": False}


def test_the_time_zone_is_that_of_the_profile_and_asked_for_once(directory: SlackDirectory, slack: SlackPeople) -> None:
    slack.people[ANN] = person(ANN, tz="Europe/Berlin")
    slack.people["U0ODD"] = person("U0ODD", tz="Middle/Earth")
    assert [directory.timezone(ANN) for _ in range(3)] == ["Europe/Berlin"] * 3
    assert slack.asked == [("users.info", ANN)]
    assert [directory.timezone(user) for user in ("U0ODD", "U0GUEST", "U0NOBODY")] == ["UTC"] * 3


@pytest.mark.parametrize("refuses", ["", "missing_scope"])
def test_while_slack_does_not_tell_a_time_zone_it_is_asked_once_a_minute(
    directory: SlackDirectory, slack: SlackPeople, connection: "redis.Redis", refuses: str
) -> None:
    slack.people[ANN] = person(ANN, tz="Europe/Berlin")
    slack.away, slack.refuses = not refuses, refuses
    assert [directory.timezone(ANN) for _ in range(3)] == ["UTC"] * 3
    assert len(slack.asked) <= 1
    slack.away, slack.refuses = False, ""
    [key] = connection.scan_iter(f"tm:{TEAM}:directory:v1:zone:*")
    assert 0 < int(str(connection.ttl(key))) <= REMEMBERED_SECONDS
    connection.delete(key)
    assert directory.timezone(ANN) == "Europe/Berlin"
