from tests.unit.house.tree import python

#: In a process of its own: here, others may have used the client already.
REHEARSED = """
import importlib.metadata
import threading
from tools.mlflow import connection
connection.rehearse()
def again(**_):
    raise AssertionError("plugins are looked for again")
importlib.metadata.entry_points = again
connection.Connection("http://127.0.0.1:9").client._get_registry_client()
print("User-Agent" in connection.resolve_request_headers(), threading.active_count())
"""


def test_what_mlflow_looks_for_at_its_first_use_is_looked_for_early_and_starts_nothing() -> None:
    assert python(REHEARSED).split() == ["True", "1"]
