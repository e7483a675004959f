"""The checker that `docs/audit.md` gives to auditors agrees with ours."""

import re
from typing import Any

import pytest

from tests.integration.audit.conftest import KEY, ROOT, TEAM, House


@pytest.fixture
def checker() -> Any:
    [code] = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "audit.md").read_text("utf-8"), re.DOTALL)
    given: dict[str, Any] = {}
    exec(code, given)
    return given["check"]


def test_it_takes_an_export_for_true_across_a_change_of_keys(
    house: House, checker: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    house.filled(2)
    house.filled(2, keys=f"the key that is new now,{KEY}")
    lines = house.says("export").out.splitlines()
    checker(lines, team=TEAM, keys=[KEY.encode(), b"the key that is new now"])
    assert capsys.readouterr().out.splitlines()[-1].startswith("4 records are as they were written")


def test_it_finds_what_was_changed(house: House, checker: Any) -> None:
    house.filled(3)
    lines = house.says("export").out.replace('"number": "1"', '"number": "7"').splitlines()
    with pytest.raises(SystemExit, match="record 2 is not as it was written"):
        checker(lines, team=TEAM, keys=[KEY.encode()])
