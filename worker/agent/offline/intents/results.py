"""Results in MLflow: metrics, experiments, and which run is better."""

import re

from worker.agent.offline import registered
from worker.agent.offline.dialogue import metrics_in
from worker.agent.offline.intent import Intent
from worker.agent.offline.intents.plays import relay
from worker.agent.offline.steps import Step, Told, either
from worker.agent.offline.vocabulary import word_set

_FEW = 5
#: What people mean by "best" when they name no metric, first to last.
_USUAL = ("accuracy", "auc", "f1", "r2", "precision", "recall", "rmse", "mae", "loss")
_SIGNS = {"above": ">", "over": ">", "more than": ">", "greater than": ">", "better than": ">", "at least": ">="}
_SIGNS |= {"below": "<", "under": "<", "less than": "<", "smaller than": "<", "at most": "<="}
_SIGNS |= {sign: sign for sign in (">=", "<=", ">", "<")}
_SPOKEN = "|".join(sign.replace(" ", r"\s+") for sign in _SIGNS)
_BOUND = re.compile(rf"(?P<sign>{_SPOKEN})\s*(?P<value>-?\d*\.?\d+)", re.IGNORECASE)
_SMALL_IS_GOOD = word_set("loss rmse mae mse error brier logloss")


def _metrics(step: Step) -> str:
    tool = step.tool()
    return step.call(tool, **step.run(tool)).text


#: A metric that is written as one, and that is none of the usual.
_WRITTEN = re.compile(r"\b(?:best|highest|lowest|by)\s+[`\"']?(?P<metric>[a-z]\w*_\w+)", re.IGNORECASE)


#: `max_depth = 5`, and `params.max_depth = 5` as MLflow writes it.
_ASSIGNED = re.compile(
    r"\b(?:params?(?:eters?)?\.)?`?(?P<name>[a-z]\w*)`?\s*==?\s*[`\"']?(?P<value>[\w.+-]+)", re.IGNORECASE
)


def _best(step: Step) -> str:
    """Runs in order of a metric that exists: the one that was named, else the first one that people usually mean."""
    slots = step.slots
    tool = step.tool()
    where = {"pipeline": step.pipeline() if tool.takes("pipeline") else None}
    known = metrics_in(step.call(tool, **where))
    if not known:
        return step.call(tool, **where).text
    said = step.dialogue.now.said
    given = [f"{one['name']} = {one['value']}" for one in _ASSIGNED.finditer(said) if one["name"] not in known]
    if given:
        reply = step.call(tool, **where, parameter=", ".join(given), limit=slots.limit or None)
        return reply.text
    metric = _metric(step, known)
    direction = "asc" if slots.lowest or any(part in _SMALL_IS_GOOD for part in metric.split("_")) else "desc"
    bound = _BOUND.search(said)
    only = f"{metric} {_SIGNS[_sign(bound['sign'])]} {bound['value']}" if bound else None
    reply = step.call(tool, **where, metric=only, order=f"{metric} {direction}", limit=slots.limit or _FEW)
    return f"By `{metric}`, {'lowest' if direction == 'asc' else 'highest'} first.\n\n{reply.text}"


def _sign(said: str) -> str:
    return " ".join(said.lower().split())


def _metric(step: Step, known: tuple[str, ...]) -> str:
    written = _WRITTEN.search(step.dialogue.now.said)
    wanted = step.slots.metric or (written["metric"].lower() if written else "")
    if not wanted:
        return next((name for usual in _USUAL for name in known if usual in name.lower()), known[0])
    if wanted in known:
        return wanted
    near = tuple(name for name in known if wanted in name.lower())
    if len(near) == 1:
        return near[0]
    if near:
        raise Told(f"By which metric: {either(near)}?")
    raise Told(f"I see no metric “{wanted}” here. There are {either(known, 'and')}; which one do you mean?")


def _experiment(step: Step) -> str | None:
    return step.slots.names[0] if step.slots.names else None


def _with_production(step: Step) -> str:
    """Two versions that were named, or the champion and one other: the latest when none is named."""
    tool = step.tool()
    if not tool.takes("b"):
        return relay(step)
    versions = step.slots.versions
    one, other = versions[:2] if len(versions) > 1 else (None, registered.version(step) or None)
    return step.call(tool, model=registered.model(step), a=one, b=other).text


def _compare(step: Step) -> str:
    tool = step.toolbox.find(step.wish.intent.tools, reading=True)
    if tool is None:
        return step.cannot()
    if tool.name.startswith("compare"):
        named = [name for name in step.slots.names if "-" in name or name[-1].isdigit()]
        return step.call(tool, runs=named).text if len(named) > 1 else relay(step)
    reply = step.call(tool, pipeline=step.pipeline() or None, experiment=_experiment(step), limit=step.slots.limit or 2)
    return f"I have no tool that compares runs yet, so here they are with their figures:\n\n{reply.text}"


INTENTS = (
    Intent(
        name="compare_with_production",
        does="compare a version with production",
        example="`is v4 better than production?`",
        play=_with_production,
        tools=("compare_with_production", "compare_versions", "compare_models", "compare_model*"),
        instead="`metrics of the last run` shows what a run reached.",
        signs="""
            compare production @3.4
            compare production #version|model|name @4
            best production =than @3.6
            best production #version @3.5
            =beat|=beats|=outperform|=outperforms|=against|=win|=wins|=worse|=exceed|=exceeds production @3.6
            =stack|=measure|=hold =up production @3.6
            how production =than|=against|=better @3.6
            =improvement|=improve|=improves|=upgrade production @3.4
            challenger production compare|best @3.6
            =beat|=beats|=outperform|=outperforms|=better|=delta =live|=serving|=deployed model|version @3.7
            =delta|=gap production version|model|#version @3.7
            compare #version @2.7
            compare #version name|model !run !runs @3.3
            =should =replace production @3.2
            =better|=worse #version @2.7
            #asked =better|=worse =new|=newest|=newer|=latest =one|=model|=version !=than !run !runs !=which @3.3
        """,
    ),
    Intent(
        name="compare_runs",
        does="compare runs",
        example="`compare the last two`",
        play=_compare,
        tools=("compare_runs", "search_runs"),
        signs="""
            =improve|=improved|=better|=worse|=beat =over|=than|=on last|=previous|=before @3.2
            =both runs|run @3
            =next =each =other @3
            compare @2.3
            compare run|runs|last|it|name|#limit @3.1
            =side =by =side @3
            =difference|=different|=changed|=differ run|runs|last|it @2.9
            what =changed|=different =between|=since run|runs|last|it @3
            =better|=worse =than last|=previous @2.8
            =which =better =two|=of|=both @2.7
            run|it last =better|=worse =than @3
            =against last|=previous run|it @3
            =improve|=improved|=improvement =over|=since|=compared last|=previous|run @2.8
        """,
    ),
    Intent(
        name="search_best_run",
        does="find the best runs",
        example="`top 3 runs by accuracy`",
        play=_best,
        tools=("search_runs",),
        signs="""
            best run|runs|it|name|=training|=trainings @2.85
            best parameter result|metric|run @3.2
            best metric @2.9
            best metric run|runs|name @3.2
            best run|runs #limit|last|name|all @3.2
            best =so =far @2.9
            =top #limit @2.9
            =rank|=ranked|=ranking|=sort|=sorted|=leaderboard|=order|=ordered run|runs|name|metric @3.2
            =leaderboard @2.6
            =highest|=lowest|=best|=top !production !#version @2.5
            =search runs|run @2.9
            =find|=search|=filter runs|run metric|best|parameter @3.2
            runs =by|=with|=where metric @3
            runs #set =where|=with|=search|=find|=filter !start @3.4
            metric =above|=below|=over|=under|=than|=least run|runs @3.1
            which|what run =won|=wins|=scored|=leads @3
            =performed =best|=better @2.9
        """,
    ),
    Intent(
        name="run_metrics",
        does="show the metrics of a run",
        example="`metrics of the last run`",
        play=_metrics,
        tools=("run_metrics",),
        signs="""
            metric log @3.3
            metric =logged|=recorded|=tracked|=reported @3
            metric @2.4
            metric what|show|tell|how @2.7
            metric run|it|last|name|model @2.8
            how =good|=well|=accurate model|it|run|name|=training|last @2.9
            how =good|=accurate @2.5
            how model =perform|=performing|=doing|=did|=performed|=turn @2.85
            howdid model @2.85
            mlflow run|it|name what|show|log @2.9
            mlflow log|=logged|=record|=recorded|=store|=tracked @3.3
            =result|=results =show|=what|=give|=see model|run|last|name @2.75
            =performance model|run|it|last|name @2.75
            model =accurate|=quality|=good @2.7
        """,
    ),
    Intent(
        name="list_experiments",
        does="list the MLflow experiments",
        example="`list experiments`",
        play=relay,
        tools=("list_experiments",),
        signs="""
            mlflow what =in !log !run !metric @2.6
            experiment @2.7
            experiment show|what|exist|howmany|all|mlflow @3.2
            what =tracked|=track|=tracking mlflow !run @2.7
            mlflow =have|=contain|=contains|=inside what @2.7
        """,
    ),
)
