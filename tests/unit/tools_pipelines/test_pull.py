import ast
import base64
import hashlib
import sys
from pathlib import Path

import pytest

from tests.unit.tools_pipelines.pool_process import POOL_FOLDER, pulled
from tools.pipelines.store import FolderStore

SOURCE = b"from prefect import flow\nraise SystemExit('must not run')\n"
DIGEST = hashlib.sha256(SOURCE).hexdigest()


@pytest.fixture
def uri(tmp_path: Path) -> str:
    store = FolderStore(tmp_path / "a store")
    return store.uri(store.put(SOURCE, "churn.py"))


def test_a_kept_source_is_put_into_a_folder_of_its_own_under_the_name_asked_for(uri: str) -> None:
    answer = pulled(uri, DIGEST, "other.py")
    assert answer["files"] == {"other.py": SOURCE.decode()}


def test_each_run_has_a_folder_of_its_own_within_the_current_one(uri: str, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    folders = [Path(str(pulled(uri, DIGEST, "churn.py", folder=run)["folder"])) for _ in range(2)]
    assert [folder.parent for folder in folders] == [run, run]
    assert folders[0] != folders[1]


def test_a_source_may_come_within_the_uri() -> None:
    uri = f"data:text/x-python;base64,{base64.b64encode(SOURCE).decode()}"
    assert pulled(uri, DIGEST, "churn.py")["files"] == {"churn.py": SOURCE.decode()}


def test_a_source_with_another_digest_is_refused_and_nothing_is_left(uri: str, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    answer = pulled(uri, "0" * 64, "churn.py", folder=run)
    assert DIGEST[:12] in str(answer["refused"])
    assert list(run.iterdir()) == []


def test_a_full_or_missing_folder_is_told(uri: str, tmp_path: Path) -> None:
    answer = pulled(uri, DIGEST, "churn.py", folder=Path("/proc"))
    assert "could not be written" in str(answer["refused"])


@pytest.mark.parametrize("filename", ["../churn.py", "/etc/churn.py", "churn", ".py", "a b.py", "churn.py\n", ""])
def test_a_name_that_is_not_a_plain_one_is_refused(uri: str, filename: str) -> None:
    assert "name" in str(pulled(uri, DIGEST, filename)["refused"])


@pytest.mark.parametrize(
    "elsewhere",
    [
        "/etc/passwd",
        "ftp://127.0.0.1/x",
        "http://example.org/x",
        "http://10.0.0.1/x",
        "file://host/x",
        "gopher://x",
        "",
    ],
)
def test_a_source_is_fetched_only_from_where_one_may_be(elsewhere: str) -> None:
    assert "not fetched" in str(pulled(elsewhere, DIGEST, "churn.py")["refused"])


def test_a_source_that_is_gone_is_refused(tmp_path: Path) -> None:
    answer = pulled((tmp_path / "gone.py").as_uri(), DIGEST, "churn.py")
    assert "could not be fetched" in str(answer["refused"])
    assert str(tmp_path) not in str(answer["refused"])


def test_what_goes_onto_the_pool_imports_the_standard_library_only() -> None:
    for file in POOL_FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or "."] if isinstance(node, ast.ImportFrom) else []
            assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names, file.name
