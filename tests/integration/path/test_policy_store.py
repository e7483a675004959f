"""One policy for all processes: the one that was published last."""

from pathlib import Path

import pytest
import redis

from bot import settings as configuration
from bot.errors import NoPolicy
from bot.policy_faults import BadPolicy
from bot.policy_file import BUILT_IN, DEFAULT
from bot.policy_store import RETENTION_SECONDS, PolicyStore, load_policy
from bot.retention import DAY, Retention
from bot.settings import Settings

TEAM = "T1"
KEY = f"tm:{TEAM}:policy:v1"
OPEN = "[roles.all]\nmembers = ['*']\npermissions = ['*']\n"
CLOSED = "[roles.one]\nmembers = ['U0ANN']\npermissions = ['*']\n"


@pytest.fixture
def store(connection: "redis.Redis") -> PolicyStore:
    return PolicyStore(connection, team=TEAM)


def settings(file: Path | None) -> Settings:
    return configuration.load({"slack_bot_token": "xoxb-1", "slack_app_token": "xapp-1", "policy_file": file})


def test_every_process_decides_by_the_policy_that_was_published_last(
    store: PolicyStore, connection: "redis.Redis"
) -> None:
    other = PolicyStore(connection, team=TEAM)
    assert store.publish(OPEN, "one.toml") is True
    assert (store.current().text, other.current().text) == (OPEN, OPEN)
    assert other.publish(CLOSED, "two.toml") is True
    assert (store.current().text, store.current().source, store.current().team) == (CLOSED, "two.toml", TEAM)


def test_a_policy_is_parsed_once_for_as_long_as_it_is_in_force(store: PolicyStore) -> None:
    store.publish(OPEN, "one.toml")
    first = store.current()
    assert store.current() is first
    store.publish(CLOSED, "one.toml")
    assert store.current() is not first


def test_how_long_things_are_kept_is_read_again_after_some_seconds_and_at_once_where_it_was_published(
    connection: "redis.Redis",
) -> None:
    now = 0.0
    store, other = (PolicyStore(connection, team=TEAM, clock=lambda: now) for _ in range(2))
    assert store.retention() == other.retention() == Retention()
    store.publish(f'{OPEN}[retention]\nproposals = "365d"\n', "one.toml")
    assert (store.retention().proposals, other.retention().proposals) == (365 * DAY, Retention().proposals)
    assert other.current().retention == other.retention(), "by what it decides it keeps"
    store.publish(f'{OPEN}[retention]\nproposals = "366d"\n', "one.toml")
    assert other.retention().proposals == 365 * DAY
    now = RETENTION_SECONDS
    assert other.retention().proposals == 366 * DAY
    connection.delete(KEY)
    now *= 2
    assert store.retention() == Retention()


def test_what_is_in_force_already_is_not_published_again(store: PolicyStore, connection: "redis.Redis") -> None:
    store.publish(OPEN, "one.toml")
    connection.hset(KEY, "at", "12345")
    assert store.publish(OPEN, "one.toml") is False
    assert connection.hget(KEY, "at") == "12345"


def test_a_policy_that_makes_no_sense_leaves_the_one_in_force(store: PolicyStore) -> None:
    store.publish(OPEN, "one.toml")
    with pytest.raises(BadPolicy, match=r"bad\.toml, line 1"):
        store.publish("[roles]\n", "bad.toml")
    assert store.current().text == OPEN


def test_without_a_policy_nothing_is_allowed(store: PolicyStore, connection: "redis.Redis") -> None:
    with pytest.raises(NoPolicy, match="nothing is allowed"):
        store.current()
    store.publish(OPEN, "one.toml")
    store.current()
    connection.delete(KEY)
    with pytest.raises(NoPolicy, match="nothing is allowed"):
        store.current()


def test_a_policy_of_another_version_or_altered_by_hand_is_not_followed_until_it_is_published_anew(
    store: PolicyStore, connection: "redis.Redis"
) -> None:
    store.publish(CLOSED, "one.toml")
    for field, forged in (("text", OPEN), ("digest", "0" * 64)):
        connection.hset(KEY, field, forged)
        with pytest.raises(NoPolicy, match="nothing is allowed"):
            PolicyStore(connection, team=TEAM).current()
        assert store.publish(CLOSED, "one.toml") is True
        assert PolicyStore(connection, team=TEAM).current().text == CLOSED


def test_redis_away_is_not_taken_for_an_old_policy(store: PolicyStore) -> None:
    store.publish(OPEN, "one.toml")
    store.current()
    away = PolicyStore(redis.Redis(port=1, decode_responses=True), team=TEAM)
    away._known = store.current()
    with pytest.raises(redis.RedisError):
        away.current()


def test_the_file_is_put_in_force_and_an_edit_after_it(store: PolicyStore, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(OPEN)
    assert load_policy(settings(file), store).changed is True
    assert load_policy(settings(file), store).changed is False
    file.write_text(CLOSED)
    loaded = load_policy(settings(file), store)
    assert (loaded.changed, loaded.policy.text, loaded.policy.source) == (True, CLOSED, "policy.toml")
    file.write_text("[roles")
    with pytest.raises(BadPolicy, match=r"policy\.toml, line 1: this is no TOML"):
        load_policy(settings(file), store)
    assert store.current().text == CLOSED


def test_without_a_file_the_built_in_policy_is_in_force(store: PolicyStore) -> None:
    load_policy(settings(None), store)
    assert (store.current().text, store.current().source) == (DEFAULT, BUILT_IN)
