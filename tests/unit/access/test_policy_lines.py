"""On which line a key stands, whatever stands around it."""

import tomllib

from bot.policy_lines import Lines

TEXT = '''\
title = "[not] = a header"   # [nor] = this
[roles.viewer]               # line 2
"members" = [
    "a = 1", # [[rules]]
    '[rules]',
]
permissions = ["x"]

[[rules]]
name = """
[[rules]]
name = "inside"
"""
where = { alias = "a", "model" = "b" }

[[rules]]
name = 'second'
[rules.where]
alias.deep = 1
[roles."two words"]
members = []
[[ deep.er ]]
key=1
[[ deep.er ]]
[deep.er.more]
key=2
'''


def test_every_key_is_found_on_its_line() -> None:
    tomllib.loads(TEXT)
    lines = Lines(TEXT)
    expected: dict[tuple[str | int, ...], int] = {
        ("title",): 1,
        ("roles", "viewer"): 2,
        ("roles", "viewer", "members"): 3,
        ("roles", "viewer", "permissions"): 7,
        ("rules", 0): 9,
        ("rules", 0, "name"): 10,
        ("rules", 0, "where"): 14,
        ("rules", 1): 16,
        ("rules", 1, "name"): 17,
        ("rules", 1, "where"): 18,
        ("rules", 1, "where", "alias"): 19,
        ("rules", 1, "where", "alias", "deep"): 19,
        ("roles", "two words"): 20,
        ("roles", "two words", "members"): 21,
        ("deep", "er", 0, "key"): 23,
        ("deep", "er", 1): 24,
        ("deep", "er", 1, "more", "key"): 26,
    }
    assert {key: lines.of(key) for key in expected} == expected


def test_a_key_that_is_not_there_is_where_it_would_stand() -> None:
    lines = Lines(TEXT)
    assert lines.of(("roles", "viewer", "channels")) == 2
    assert lines.of(("roles", "viewer", "members", 1)) == 3
    assert lines.of(("rules", 0, "where", "model")) == 14
    assert lines.of(("gates",)) == 1
    assert Lines("").of(("roles",)) == 1


def test_windows_line_ends_count_once() -> None:
    assert Lines("[a]\r\nb = 1\r\n\r\nc = 2\r\n").of(("a", "c")) == 4
