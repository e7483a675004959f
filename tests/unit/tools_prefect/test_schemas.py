from tests.unit.house.tree import python

#: In a process of its own: here, others may have used the classes already.
COMPLETED = """
import threading
from prefect.client.schemas.responses import DeploymentResponse
before = DeploymentResponse.__pydantic_complete__
from tools.prefect import schemas
schemas.complete()
schemas.complete()
print(before, [model.__name__ for model in schemas.USED if not model.__pydantic_complete__], threading.active_count())
"""


def test_what_prefect_puts_off_until_its_first_answer_is_done_early_and_starts_nothing() -> None:
    assert python(COMPLETED).split() == ["False", "[]", "1"]
