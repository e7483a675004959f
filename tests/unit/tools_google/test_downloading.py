import hashlib

import pytest

from tests.unit.tools_google.test_objects import put
from tests.unit.tools_prefect.conftest import Bench
from tools.errors import BadArguments, Refused
from tools.google.downloading import MOST_BYTES, ObjectDownloaded, download_object
from tools.spec import NotDone

TOKEN = "xox" + "b-1234567890-abcdefghij"


def test_an_object_comes_as_a_file_with_where_it_is_from(bench: Bench) -> None:
    found = put(bench, "exports/churn.csv", b"a,b\n1,2\n")
    result = bench.use(download_object, object="exports/churn.csv")
    [file] = result.files
    assert (file.name, file.content, file.title) == ("churn.csv", b"a,b\n1,2\n", "gs://ml-data/exports/churn.csv")
    assert file.alt == "", "it is no picture"
    digest = hashlib.sha256(b"a,b\n1,2\n").hexdigest()
    assert file.said == f"From Cloud Storage: 8 bytes, generation {found.generation}, SHA-256 {digest[:12]}."
    assert isinstance(result.data, ObjectDownloaded)
    assert result.data.sha256 == digest
    assert "`gs://ml-data/exports/churn.csv`** is in the thread: 8 bytes" in result.text


def test_a_picture_has_an_alternative_text(bench: Bench) -> None:
    put(bench, "figures/roc.png", b"\x89PNG", kind="image/png")
    [file] = bench.use(download_object, object="figures/roc.png").files
    assert file.alt == "roc.png, a picture kept as gs://ml-data/figures/roc.png"


def test_what_is_too_large_or_empty_is_refused_before_it_is_read(bench: Bench) -> None:
    put(bench, "large.bin", b"x" * (MOST_BYTES + 1))
    with pytest.raises(
        BadArguments, match=r"has 5\.0 MB; I put at most 5\.0 MB.*`/mlops object url gs://ml-data/large\.bin`"
    ):
        bench.use(download_object, object="large.bin")
    with pytest.raises(BadArguments, match="I put at most"):
        bench.plan(download_object, object="large.bin")
    put(bench, "empty.txt", b"")
    with pytest.raises(BadArguments, match="is empty, and Slack takes no empty file"):
        bench.use(download_object, object="empty.txt")


def test_a_text_with_what_looks_like_a_secret_is_refused_and_the_secret_is_not_said(bench: Bench) -> None:
    put(bench, "notes.txt", f"one\ntoken: {TOKEN}\n".encode())
    with pytest.raises(Refused, match=r"holds what looks like a Slack token in line 2, so I do not put it") as caught:
        bench.use(download_object, object="notes.txt")
    assert TOKEN not in str(caught.value)


def test_a_password_needs_quotes_in_a_source_alone(bench: Bench) -> None:
    put(bench, "warehouse.env", b"DB_PASSWORD=hunter2swordfish\n")
    with pytest.raises(Refused, match=r"what looks like a password or key as text in line 1"):
        bench.use(download_object, object="warehouse.env")
    put(bench, "flow.py", b"password=load2(name)\napi_key=key2\n")
    assert bench.use(download_object, object="flow.py").files[0].name == "flow.py"


def test_a_secret_of_this_installation_is_found_in_any_file(bench: Bench) -> None:
    bench.desk.secrets = (b"hunter2-hunter2",)
    put(bench, "model.pkl", b"\x80\x04\xff hunter2-hunter2 \xff")
    with pytest.raises(Refused, match="holds a secret of this installation") as caught:
        bench.use(download_object, object="model.pkl")
    assert "hunter2" not in str(caught.value)


def test_a_file_that_is_no_text_comes_as_it_is(bench: Bench) -> None:
    put(bench, "model.pkl", b"\x80\x04\xff\x00")
    assert bench.use(download_object, object="model.pkl").files[0].content == b"\x80\x04\xff\x00"


def test_another_bucket_is_refused(bench: Bench) -> None:
    put(bench, "a.csv", bucket="secrets")
    with pytest.raises(Refused, match="not one of those that may be worked with here"):
        bench.use(download_object, object="gs://secrets/a.csv")


def test_the_plan_names_the_very_object_and_who_will_read_it(bench: Bench) -> None:
    found = put(bench, "exports/churn.csv")
    plan = bench.plan(download_object, object="exports/churn.csv")
    assert plan.arguments == {"object": "gs://ml-data/exports/churn.csv", "bucket": ""}
    assert plan.preconditions == {"generation of gs://ml-data/exports/churn.csv": found.generation}
    assert plan.facts == {"bucket": "ml-data"}
    assert "everybody who reads this thread" in str(plan.evidence)
    assert bench.probe(download_object, key="k", object="exports/churn.csv") == NotDone()
