"""Where a model version comes from, and what is missing on the way."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.tools_mlflow.registries import promoted
from tests.unit.tools_prefect.conftest import THREAD, Bench
from tools.desk.client import NoDesk
from tools.errors import BadArguments, Unavailable
from tools.google.serving import NoVertex
from tools.mlflow.lineage import Lineage, trace_model
from tools.mlflow.records import Record, note_approval, note_deployment
from tools.mlflow.results import ACTOR_TAG, DIGEST_TAG, PIPELINE_TAG, THREAD_TAG, Dataset
from tools.pipelines.store import Shared
from tools.prefect.client import RunRequest


def linked(text: str, url: str) -> str:
    """A hop with its page, if it has one."""
    return f"[{text}]({url})" if url else text


def traced(bench: Bench, **arguments: str) -> tuple[str, Lineage]:
    result = bench.use(trace_model, model="churn", **arguments)
    assert isinstance(result.data, Lineage)
    return result.text, result.data


def serving(bench: Bench, endpoint: str, *, version: str, run: str, traffic: int) -> None:
    """Deploy a version as it is deployed from here: with labels that say where it is from."""
    labels = {"trainmaster-model": "churn", "trainmaster-version": version, "trainmaster-run": run}
    model = bench.vertex.add_model(f"churn v{version}", labels=labels)
    bench.vertex.deploy(bench.vertex.add_endpoint(endpoint).id, model, traffic=traffic)


def test_a_version_is_traced_through_every_hop(bench: Bench) -> None:
    digest = bench.sources.put(b"x = 1", "churn.py", shared=Shared("U0CAROL", THREAD))
    known = bench.prefect.add_pipeline("churn-prediction")
    flow_run = bench.prefect.start(RunRequest(pipeline_id=known.id, key="k"))
    run = bench.mlflow.add_run(
        "churn",
        name="fit",
        flow_run_id=flow_run.id,
        metrics={"roc_auc": 0.91},
        tags={DIGEST_TAG: digest, PIPELINE_TAG: "churn-prediction", THREAD_TAG: THREAD, ACTOR_TAG: "U0ALICE"},
        datasets=(Dataset(name="train-set", digest="16ddaf4a"),),
    )
    bench.mlflow.add_version("churn", run_id=run.id)
    serving(bench, "churn-production", version="1", run=run.id, traffic=90)
    promoted(bench, 1)
    bench.mlflow.set_version_tag("churn", "1", "trainmaster.alias.champion.proposal", "P-1")
    note_approval(
        bench.mlflow,
        model="churn",
        version="1",
        alias="champion",
        approvers=("U0BOB",),
        proposal="P-1",
        permalink="https://slack.invalid/p1",
    )
    told = Record(
        requester="U0ALICE",
        approvers="U0BOB, U0CAROL",
        proposal="P-2",
        link="https://slack.invalid/p2",
        at=bench.prefect.now().isoformat(),
    )
    note_deployment(bench.mlflow, model="churn", version="1", endpoint="churn-production", told=told)
    text, lineage = traced(bench)
    for expected in (
        "champion of churn is v1 now.",
        "- **Version**: [churn v1 (champion), registered",
        "by <@U0ALICE>, approved by <@U0BOB>](https://slack.invalid/p1)",
        "- **Deployed**: churn-production, 90 % of its traffic",
        "- **Deployment to churn-production**: [P-2, ",
        "asked for by <@U0ALICE>, approved by <@U0BOB>, <@U0CAROL>](https://slack.invalid/p2)",
        "- **MLflow run**: [fit of churn",
        ": roc_auc 0.91](http://mlflow.invalid/",
        f"- **Prefect run**: [{flow_run.name} of churn-prediction, Scheduled]",
        f"- **Pipeline**: {linked(f'churn-prediction from churn.py, SHA-256 {digest[:12]}', known.url)}",
        "- **Slack file**: churn.py, shared in a thread of <#C0MLPIPE> by <@U0CAROL>",
        "- **Data**: train-set (16ddaf4a)",
        "- **Asked for**: in a thread of <#C0MLPIPE> by <@U0ALICE>",
    ):
        assert expected in text
    assert "missing" not in text
    assert (lineage.digest, lineage.thread) == (digest, THREAD)
    assert lineage.flow_run is not None


def test_what_is_missing_is_said_with_the_reason(bench: Bench) -> None:
    bench.mlflow.add_version("churn", run_id=bench.mlflow.add_run("churn").id, aliases=("champion",))
    text, _ = traced(bench)
    for expected in (
        "- **Alias champion**: missing, it was set in MLflow itself, and nothing is written down about it.",
        "- **Deployed**: missing, it is on no endpoint of Vertex AI.",
        "- **Prefect run**: missing, the MLflow run does not say that a Prefect run made it.",
        "- **Pipeline**: missing, the run has no trainmaster.digest.",
        "- **Data**: missing, the run logged no dataset",
        "- **Asked for**: missing, the run has no thread.",
    ):
        assert expected in text
    bench.mlflow.add_version("churn")
    text, _ = traced(bench, version="2")
    assert "- **MLflow run**: missing, v2 names no run" in text
    assert "- **Prefect run**: missing, the MLflow run is not known." in text


def test_a_prefect_that_is_away_is_named_and_the_rest_told(bench: Bench) -> None:
    run = bench.mlflow.add_run("churn", flow_run_id="1c7d2f0e-0000", tags={DIGEST_TAG: "b" * 64})
    bench.mlflow.add_version("churn", run_id=run.id)
    bench.prefect.broken = Unavailable("Prefect", "connection refused")
    text, _ = traced(bench, version="latest")
    assert (
        "- **Prefect run**: missing, 1c7d2f0e could not be read: I could not reach Prefect: connection refused." in text
    )
    assert "SHA-256 bbbbbbbbbbbb; its file could not be read" in text


def test_every_endpoint_is_told_with_its_share_and_those_of_other_versions_are_not(bench: Bench) -> None:
    run = bench.mlflow.add_run("churn")
    bench.mlflow.add_version("churn", run_id=run.id)
    for number in range(7):
        serving(bench, f"e{number}", version="1", run=run.id, traffic=number * 10)
    serving(bench, "other-version", version="2", run=run.id, traffic=100)
    serving(bench, "of-another-registry", version="1", run="f00", traffic=100)
    text, lineage = traced(bench, version="1")
    told = [line for line in text.splitlines() if "**Deployed**" in line]
    assert told == [
        *(f"- **Deployed**: e{number}, {number * 10} % of its traffic" for number in (6, 5, 4, 3, 2)),
        "- **Deployed**: on 2 more endpoints",
    ]
    assert [(each.endpoint, each.traffic) for each in lineage.deployed][-2:] == [("e1", 10), ("e0", 0)]


def test_a_vertex_ai_that_is_away_is_named_and_the_rest_told(bench: Bench) -> None:
    bench.mlflow.add_version("churn", run_id=bench.mlflow.add_run("churn").id)
    bench.vertex.away = Unavailable("Vertex AI", "connection refused")
    text, _ = traced(bench, version="1")
    away = "I could not reach Vertex AI: connection refused"
    assert f"- **Deployed**: missing, that could not be read: {away}." in text
    assert "- **MLflow run**: [" in text


def test_vertex_ai_is_not_asked_where_there_is_none(bench: Bench) -> None:
    bench.mlflow.add_version("churn", run_id=bench.mlflow.add_run("churn").id)
    bench.backends = replace(bench.backends, vertex=NoVertex())  # refuses whatever it is asked
    text, _ = traced(bench, version="1")
    assert "- **Deployed**: missing, Google Cloud is not configured here." in text


class Slack(NoDesk):
    """A desk that knows where threads are read."""

    def thread_link(self, thread: str) -> str:
        return f"https://slack.invalid/archives/{thread.split(':')[1]}"


def test_the_thread_is_linked_where_somebody_knows_slack(bench: Bench) -> None:
    run = bench.mlflow.add_run("churn", tags={THREAD_TAG: THREAD, ACTOR_TAG: "U0ALICE"})
    bench.mlflow.add_version("churn", run_id=run.id)
    bench.backends = replace(bench.backends, desk=Slack())  # it answers this alone
    text, lineage = traced(bench, version="1")
    assert "[in a thread by <@U0ALICE>](https://slack.invalid/archives/C0MLPIPE)" in text
    assert lineage.hops[-1].url == "https://slack.invalid/archives/C0MLPIPE"


def test_the_only_model_needs_no_name_and_of_several_every_champion_is_told(bench: Bench) -> None:
    bench.mlflow.add_version("churn", run_id=bench.mlflow.add_run("churn").id, aliases=("champion",))
    only = bench.use(trace_model)
    assert "- **Version**: [churn v1 (champion), registered" in only.text
    bench.mlflow.add_version("fraud")
    for number in range(25):
        bench.mlflow.add_version(f"other-{number}", aliases=("champion",))
    several = bench.use(trace_model)
    assert "In production, by the alias champion, of 27 models:" in several.text
    assert "- **churn**: [champion is v1](" in several.text
    assert "fraud" not in several.text
    assert "6 more models have one." in several.text
    assert isinstance(several.data, Lineage)
    assert several.data.version is None
    with pytest.raises(BadArguments, match="no registered models yet"):
        Bench(Path("unused")).use(trace_model)


def test_a_file_of_which_nobody_wrote_down_who_shared_it_is_said_to_be_so(bench: Bench) -> None:
    digest = bench.sources.put(b"x = 1", "churn.py")
    run = bench.mlflow.add_run("churn", tags={DIGEST_TAG: digest})
    bench.mlflow.add_version("churn", run_id=run.id)
    text, _ = traced(bench, version="1")
    assert "- **Slack file**: missing, nothing is written down about who shared churn.py." in text
