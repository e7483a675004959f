import pytest

from tests.unit.tools_prefect.conftest import Bench
from tools.errors import BadArguments, Refused
from tools.google.client import NewObject
from tools.google.uploading import DIGEST, MOST_BYTES, ObjectUploaded, upload_object
from tools.spec import Done, NotDone, ToolResult


@pytest.fixture
def shared(bench: Bench) -> Bench:
    """Somebody has shared a file."""
    bench.desk.files["churn.csv"] = b"a,b\n1,2\n"
    return bench


def kept(answer: ToolResult) -> ObjectUploaded:
    assert isinstance(answer.data, ObjectUploaded)
    return answer.data


def test_a_file_of_the_thread_is_kept_under_its_own_name_with_where_it_came_from(shared: Bench) -> None:
    answer = shared.use(upload_object, object="gs://ml-data/exports/", key="k1")
    found = shared.storage.object("ml-data", "exports/churn.csv")
    assert shared.storage.read(found, length=99) == b"a,b\n1,2\n"
    assert found.content_type == "text/csv"
    assert found.metadata["trainmaster-key"] == "k1"
    assert found.metadata["trainmaster-actor"] == "U0ALICE"
    assert found.metadata[DIGEST] == kept(answer).sha256
    assert "is kept from the file churn.csv of this thread: 8 bytes, generation 1." in answer.text


def test_nothing_is_overwritten_until_its_generation_is_named(shared: Bench) -> None:
    first = shared.use(upload_object, object="data.csv")
    shared.desk.files["churn.csv"] = b"new"
    with pytest.raises(Refused, match=r"is there already, and I overwrite nothing.*generation=1\."):
        shared.use(upload_object, object="data.csv")
    with pytest.raises(Refused, match="is another generation by now"):
        shared.use(upload_object, object="data.csv", generation="7")
    answer = shared.use(upload_object, object="data.csv", generation=kept(first).object.generation)
    assert "in place of generation 1" in answer.text
    assert shared.storage.read(shared.storage.object("ml-data", "data.csv"), length=9) == b"new"
    with pytest.raises(BadArguments, match=r"nothing at gs://ml-data/other\.csv that could be replaced"):
        shared.use(upload_object, object="other.csv", generation="1")


def test_a_call_whose_answer_was_lost_is_found_again_and_not_made_twice(shared: Bench) -> None:
    first = shared.use(upload_object, object="data.csv", key="k1")
    assert isinstance(shared.probe(upload_object, object="data.csv", key="k1"), Done)
    assert isinstance(shared.probe(upload_object, object="data.csv", key="k2"), NotDone)
    assert isinstance(shared.probe(upload_object, object="never.csv", key="k1"), NotDone)
    again = shared.use(upload_object, object="data.csv", key="k1")
    assert kept(again).object.generation == kept(first).object.generation


def test_an_artifact_of_a_run_is_kept(bench: Bench) -> None:
    run = bench.mlflow.add_run("churn", name="able-ant")
    bench.mlflow.add_file(run, "model/MLmodel", b"flavors: {}\n")
    answer = bench.use(upload_object, object="models/", run="able-ant", artifact="model/MLmodel")
    assert kept(answer).object.name == "models/MLmodel"
    assert kept(answer).source == "model/MLmodel of the MLflow run able-ant"
    with pytest.raises(BadArguments, match="MLflow has no file nothing there"):
        bench.use(upload_object, object="models/x", run="able-ant", artifact="nothing")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"run": "able-ant"}, "named by its run and its path"),
        ({"run": "able-ant", "artifact": "a", "file": "b"}, "not both"),
        ({"file": "other.csv"}, "Nobody has shared a file"),
    ],
)
def test_what_is_to_be_kept_must_be_clear(shared: Bench, arguments: dict[str, str], words: str) -> None:
    with pytest.raises(BadArguments, match=words):
        shared.use(upload_object, object="a", **arguments)


def test_what_is_too_large_is_refused_before_it_is_sent(shared: Bench) -> None:
    shared.desk.files["churn.csv"] = b"x" * (MOST_BYTES + 1)
    with pytest.raises(BadArguments, match="larger than 20,000,000 bytes"):
        shared.use(upload_object, object="a")


def test_the_plan_says_what_is_replaced_and_its_arguments_are_final(shared: Bench) -> None:
    plan = shared.plan(upload_object, object="exports/")
    assert (plan.arguments["object"], plan.facts) == (
        "gs://ml-data/exports/churn.csv",
        {"bucket": "ml-data", "replaces": "no"},
    )
    assert plan.preconditions == {"generation of gs://ml-data/exports/churn.csv": "0"}
    shared.storage.write(NewObject(bucket="ml-data", name="exports/churn.csv", content=b"old"))
    plan = shared.plan(upload_object, object="gs://ml-data/exports/churn.csv", generation="1")
    assert plan.facts["replaces"] == "yes"
    assert plan.summary.startswith("Replace gs://ml-data/exports/churn.csv")
    assert shared.plan(upload_object, **plan.arguments).arguments == plan.arguments


def test_a_bucket_that_may_not_be_worked_with_is_never_written(shared: Bench) -> None:
    with pytest.raises(Refused, match="secrets"):
        shared.use(upload_object, object="gs://secrets/a.csv")
    assert shared.storage.objects("secrets").objects == ()
