"""Fixtures that more than one folder of tests uses; each family of servers has a module of its own."""

pytest_plugins = [
    "tests.fixtures.valkey",
    "tests.fixtures.workspace",
    "tests.fixtures.backends",
    "tests.fixtures.browser",
]
