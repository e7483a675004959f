"""The suite's own speed: what shares a server runs where that server is."""

import os

import pytest


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="needs several processes, as `make test` has them")
def test_tests_are_kept_together_where_several_processes_run_them(request: pytest.FixtureRequest) -> None:
    # xdist writes the group behind the name. When it does not, every server of the suite is started in each process.
    assert request.node.nodeid.endswith("@tests/unit/house/test_together.py")
