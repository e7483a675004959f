"""Models answer in processes that know nothing of ours, and none is left behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.cloud.buckets import Buckets
from demo.cloud.predictors import MOST, Predictors
from demo.cloud.refusals import Refusal

#: A model in MLflow's layout that needs no training: what it answers is told by its own file.
MLMODEL = """\
flavors:
  python_function:
    loader_module: answers
    code: code
model_uuid: "1"
"""
ANSWERS = """\
import os
class Model:
    def predict(self, rows):
        print("a model may print what it likes")
        if rows == ["secrets"]:
            return sorted(os.environ)
        return [NUMBER * row for row in rows]
def _load_pyfunc(path):
    return Model()
"""


@pytest.fixture
def predictors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Predictors]:
    monkeypatch.setenv("AUDIT_KEY", "a secret of ours")
    buckets = Buckets(tmp_path)
    buckets.make("data")
    for number in range(MOST + 1):
        buckets.put("data", f"m/{number}/MLmodel", MLMODEL.encode())
        buckets.put("data", f"m/{number}/code/answers.py", ANSWERS.replace("NUMBER", str(number)).encode())
    made = Predictors(buckets)
    yield made
    made.close()


def test_the_model_that_was_uploaded_answers_and_is_told_nothing_of_ours(predictors: Predictors) -> None:
    assert predictors("gs://data/m/2", [1, 2]) == [2, 4]
    assert "AUDIT_KEY" not in predictors("gs://data/m/2", ["secrets"])
    with pytest.raises(Refusal, match="The model could not answer"):
        predictors("gs://data/m/2", [None])
    assert predictors("gs://data/m/2", [3]) == [6], "it goes on after an instance that did not fit"
    with pytest.raises(Refusal, match="There are no files under gs://data/nothing"):
        predictors("gs://data/nothing", [1])


def test_the_model_that_was_asked_longest_ago_makes_room(predictors: Predictors) -> None:
    first = predictors.warm("gs://data/m/0")
    for number in range(1, MOST + 1):
        predictors.warm(f"gs://data/m/{number}")
    assert not first.alive
    last = predictors.warm(f"gs://data/m/{MOST}")
    predictors.close()
    assert not last.alive
