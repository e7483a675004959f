import json

import pytest

from tests.unit.tools_prefect.conftest import Bench
from tools.errors import BadArguments, Refused, Unavailable
from tools.google import heads
from tools.google.client import NewObject
from tools.google.objects import ObjectHead, describe_object, list_buckets, list_objects, read_object
from tools.google.project import ProjectAccess, describe_project
from tools.google.results import BucketPage, ObjectPage, StoredObject
from tools.google.signing import SignedUrl, sign_object_url
from tools.spec import Backends


def put(
    bench: Bench, name: str, content: bytes = b"x", *, bucket: str = "ml-data", kind: str = "text/csv"
) -> StoredObject:
    return bench.storage.write(NewObject(bucket=bucket, name=name, content=content, content_type=kind))


def test_only_buckets_that_the_policy_allows_are_listed(bench: Bench) -> None:
    answer = bench.use(list_buckets)
    assert isinstance(answer.data, BucketPage)
    assert [each.name for each in answer.data.buckets] == ["ml-data", "ml-models"]
    assert answer.text.startswith("2 buckets:\n\n- `ml-data`, EU, STANDARD")


@pytest.mark.parametrize("where", ["secrets", "gs://secrets", "gs://secrets/a.csv"])
def test_another_bucket_is_refused_with_those_that_are_allowed(bench: Bench, where: str) -> None:
    put(bench, "a.csv", bucket="secrets")
    with pytest.raises(Refused, match=r"“secrets” is not one of those that may be worked with here: ml-\*\."):
        bench.use(list_objects, bucket=where)
    with pytest.raises(Refused, match="secrets"):
        bench.use(read_object, object=where, bucket="secrets" if "/" not in where else "")


def test_where_no_bucket_is_allowed_it_says_what_to_do(bench: Bench) -> None:
    bench.desk.allowed = ()
    with pytest.raises(Refused, match=r"the policy names none under \[storage\], and GCS_BUCKET is not set"):
        bench.use(list_buckets)


def test_without_a_project_every_tool_says_so_in_a_sentence(bench: Bench) -> None:
    bare = Backends(prefect=bench.prefect, mlflow=bench.mlflow, sources=bench.sources, desk=bench.desk)
    for tool, arguments in (
        (describe_project, {}),
        (list_buckets, {}),
        (list_objects, {}),
        (describe_object, {"object": "a"}),
        (read_object, {"object": "a"}),
        (sign_object_url, {"object": "a"}),
    ):
        with pytest.raises(Refused, match="Google Cloud is not configured here: whoever runs me sets GOOGLE_CLOUD"):
            tool.function(tool.arguments.model_validate(arguments), bare, bench.call())


def test_objects_are_listed_folder_by_folder_and_the_rest_is_said(bench: Bench) -> None:
    for name in ("a.csv", "models/1/MLmodel", "models/2/MLmodel"):
        put(bench, name)
    assert "- `models/`\n- `a.csv`, 1 byte, " in bench.use(list_objects).text
    answer = bench.use(list_objects, bucket="gs://ml-data/models/", everything=True, limit=1)
    assert "Under gs://ml-data/models/, the first 1; there are more:" in answer.text
    assert isinstance(answer.data, ObjectPage)
    assert answer.data.more
    assert bench.use(list_objects, prefix="nothing").text == "There is nothing under gs://ml-data/nothing."


def test_an_object_is_found_by_a_near_name_and_the_answer_says_so(bench: Bench) -> None:
    with pytest.raises(
        BadArguments, match=r"There is no object “exports/churn-2025\.csv”\. There are no objects yet\."
    ):
        bench.use(describe_object, object="exports/churn-2025.csv")
    put(bench, "exports/churn-2026.csv")
    answer = bench.use(describe_object, object="exports/churn-2025.csv")
    assert "I took “exports/churn-2025.csv” for **exports/churn-2026.csv**." in answer.text
    put(bench, "exports/churn-2027.csv")
    with pytest.raises(BadArguments, match="which object do you mean"):
        bench.use(describe_object, object="exports/churn-2025.csv")


def test_the_head_of_a_table_names_its_columns_and_what_was_left_out(bench: Bench) -> None:
    rows = "".join(f"{number},{number * 2}\n" for number in range(50_000))
    put(bench, "big.csv", f"a,b\n{rows}".encode())
    answer = bench.use(read_object, object="big.csv")
    assert "2 columns: `a`, `b`. The first 40 lines; 583.3 kB in all, the rest was not read." in answer.text
    assert isinstance(answer.data, ObjectHead)
    assert answer.data.text.splitlines()[:2] == ["a,b", "0,0"]
    assert len(answer.text) < 8_000


def test_a_small_document_is_shown_whole_and_laid_out(bench: Bench) -> None:
    put(bench, "a.json", json.dumps({"ä": [1]}).encode(), kind="application/json")
    assert '{\n  "ä": [\n    1\n  ]\n}' in bench.use(read_object, object="a.json").text
    put(bench, "empty.txt", b"")
    assert "It is empty." in bench.use(read_object, object="empty.txt").text


@pytest.mark.parametrize("content", [b"\x80\x04\x95pickle", b"PK\x03\x04\x00\x00", "ä".encode()[:1] + b"x"])
def test_what_is_no_text_is_not_shown(bench: Bench, content: bytes) -> None:
    put(bench, "model.bin", content, kind="application/octet-stream")
    with pytest.raises(BadArguments, match=r"is no text .application/octet-stream.* `/mlops object url gs://"):
        bench.use(read_object, object="model.bin")


def test_a_text_that_is_cut_within_a_letter_is_text_all_the_same() -> None:
    whole = ("ä" * 10 + "\n").encode() * 10
    found = StoredObject(bucket="b", name="a.txt", size=len(whole))
    text, what = heads.head(found, whole[:44])
    assert text == "\n".join(["ä" * 10] * 2)
    assert what == "The first 2 lines; 210 bytes in all, the rest was not read."


def test_whatever_a_line_holds_the_answer_is_bounded_and_its_fence_is_ours(bench: Bench) -> None:
    put(bench, "a.txt", b"```\n" + b"x" * 30_000 + b"\n" + b"y\n" * 20_000, kind="text/plain")
    text = bench.use(read_object, object="a.txt").text
    assert len(text) < 8_000
    assert text.count("```") == 2


def test_who_we_are_and_what_that_may_do_is_told_for_each_bucket(bench: Bench) -> None:
    bench.storage.allow("ml-models", "storage.objects.list", "storage.objects.get")
    answer = bench.use(describe_project)
    assert "Project **demo**, region us-central1, as **trainmaster@demo" in answer.text
    assert "- `ml-models`: list, read objects, not add, replace or remove" in answer.text
    assert isinstance(answer.data, ProjectAccess)
    assert [each.bucket for each in answer.data.buckets] == ["ml-data", "ml-models"]


def test_an_address_opens_one_object_for_a_time_that_is_said(bench: Bench) -> None:
    found = put(bench, "a.csv")
    answer = bench.use(sign_object_url, object="a.csv", minutes=5)
    assert isinstance(answer.data, SignedUrl)
    assert "X-Goog-Expires=300" in answer.data.url
    assert answer.data.object.generation == found.generation
    assert (
        "Whoever has this address can read `gs://ml-data/a.csv` (1 byte) for 5 minutes, until Mon 5 Jan" in answer.text
    )
    with pytest.raises(ValueError, match="less than or equal to 60"):
        bench.use(sign_object_url, object="a.csv", minutes=61)
    plan = bench.plan(sign_object_url, object="a.csv")
    assert plan.arguments == {"object": "gs://ml-data/a.csv", "bucket": "", "minutes": 15}


def test_a_cloud_storage_that_is_away_is_named(bench: Bench) -> None:
    bench.storage.away = Unavailable("Cloud Storage", "connection refused")
    with pytest.raises(Unavailable, match="I could not reach Cloud Storage: connection refused"):
        bench.use(list_objects)
