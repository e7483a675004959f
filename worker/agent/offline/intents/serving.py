"""Serving models on Vertex AI: deploying, traffic, taking down, predicting."""

import re
from typing import Any

from worker.agent.offline import registered
from worker.agent.offline.intent import Intent
from worker.agent.offline.intents.plays import relay, values
from worker.agent.offline.steps import Step
from worker.agent.offline.vocabulary import word_set
from worker.commands import value_of

_AT = re.compile(r"\b(?:to|on|onto|at|from|off)\s+(?:(?:the|our|my|endpoint)\s+)*`?([a-z][\w-]*)", re.IGNORECASE)
_ON = re.compile(r"\b(?:of|on|at|for)\s+(?:(?:the|our|my|endpoint)\s+)*`?([a-z][\w-]*)", re.IGNORECASE)
_SERVED = r"(?P<model>(?:[a-z][\w-]*\s+)?v\.?\d+)"
#: `predict churn-staging tenure=3`; a word without a hyphen may be anything.
_ASKED = re.compile(r"\bpredict\s+`?([a-z]\w*(?:-\w+)+)(?![\w-]|\s*[=:])", re.IGNORECASE)
#: `10 % of it to churn v4`, `all traffic to v4`, and `churn v4: 10`.
_SHARES = (
    re.compile(
        rf"(?P<share>\d{{1,3}}(?=\s*(?:%|percent|pct|per cent))|all|half|everything)\b[^,;]*?\bto\s+{_SERVED}\b",
        re.IGNORECASE,
    ),
    re.compile(rf"{_SERVED}\s*(?::|=|gets?|to|at)\s*(?P<share>\d{{1,3}})\b", re.IGNORECASE),
)
_IN_WORDS = {"all": "100", "everything": "100", "half": "50"}
_NO_ENDPOINT = word_set("vertex google production prod it a an endpoint two three machines machine traffic now me us")


def _endpoint(step: Step, *, model_first: bool = True) -> str:
    """The endpoint by its place in the sentence, `to churn-staging`; else the environment that is named."""
    found = [word.lower() for word in _AT.findall(step.dialogue.now.said)]
    model = step.slots.names[:1] if model_first else ()
    named = [word for word in found if word not in _NO_ENDPOINT and word not in model]
    return named[0] if named else step.slots.environment


def _deploy(step: Step) -> str:
    """A version by its number or its alias, to the endpoint that is named."""
    tool, endpoint = step.tool(), _endpoint(step)
    named = [name for name in step.slots.names if name != endpoint]
    model = named[0] if named else registered.model(step, needed="model" in tool.required)
    version = step.slots.versions[0] if step.slots.versions else step.slots.alias
    known = values(step, tool_takes_pipeline=False)
    return step.call(tool, **{**known, "model": model, "version": version or None, "endpoint": endpoint or None}).text


def _predict(step: Step) -> str:
    tool = step.tool()
    known: dict[str, Any] = values(step, tool_takes_pipeline=False)
    # Before an assignment stands its name; what stands before that is the request, or the value of the one before.
    given = {
        value.names[0][-1] if value.sure else " ".join(value.names[0]): value_of(value.value)
        for value in step.slots.values
    }
    asked = _ASKED.search(step.dialogue.now.said)
    known["endpoint"] = (asked[1].lower() if asked else "") or _endpoint(step) or None
    known["inputs"] = given or step.slots.quoted or None
    return step.call(tool, **known).text


def _with_traffic(step: Step) -> str:
    """The endpoint whose traffic is meant: the environment that is named, else the name behind `of`, `on` or `at`."""
    found = [word.lower() for word in _ON.findall(step.dialogue.now.said)]
    named = [word for word in found if word not in _NO_ENDPOINT and word not in step.slots.names[:1]]
    return step.slots.environment or (named[0] if named else _endpoint(step))


def _shares(said: str) -> str:
    """Who gets which share, as `set_traffic` reads it: `churn v1: 10, churn v2: 90`."""
    found = next((pairs for pattern in _SHARES if (pairs := list(pattern.finditer(said)))), [])
    return ", ".join(
        f"{' '.join(one['model'].split())}: {_IN_WORDS.get(one['share'].lower(), one['share'])}" for one in found
    )


def _undeploy(step: Step) -> str:
    traffic = step.has("traffic", "#percent")
    tool = step.tool(*(("set_traffic", "*traffic*") if traffic else ("undeploy_*", "undeploy", "delete_endpoint")))
    known = values(step, tool_takes_pipeline=False)
    if traffic:
        known |= {"endpoint": _with_traffic(step) or None, "traffic": _shares(step.dialogue.now.said) or None}
    else:
        endpoint = _endpoint(step, model_first=False)
        named = [name for name in step.slots.names if name != endpoint][:1]
        version = [f"v{step.slots.versions[0]}"] if step.slots.versions else []
        known |= {"model": " ".join([*named, *version]) or None, "endpoint": endpoint or None}
    return step.call(tool, **known).text


INTENTS = (
    Intent(
        name="undeploy_or_traffic",
        does="take a model down or move traffic",
        example="`undeploy v3 from staging` or `send 10 % of the traffic to v4`",
        play=_undeploy,
        tools=("undeploy_*", "undeploy", "*traffic*", "delete_endpoint"),
        changes=True,
        instead="Until then, do it in the Vertex AI console.",
        how="Taking a model down or moving traffic changes what an endpoint serves; it takes somebody else's approval.",
        signs="""
            =take|=bring|=put name|production|it =offline|=down @3.6
            undeploy @3.4
            undeploy endpoint|model|#version|name|#environment @3.8
            =take|=pull|=bring =down|=offline|=off endpoint|model|#version|#environment|it !=schedule !workpool @3.7
            =shut|=tear =down|=offline endpoint|model|#version|#environment|it !=schedule !workpool @3.7
            =turn|=switch =down|=offline|=off endpoint|model|#version|#environment|it !=schedule !workpool @3.7
            =tear =down @3.4
            delete endpoint|model|#version|=deployment @3.5
            =remove|=take =from|=off endpoint|#environment @3.6
            =stop =serving @3.7
            =stop =serving name|model|#version @3.9
            traffic @3
            traffic #percent @3.9
            traffic =send|=shift|=route|=split|=move|=give|=set|=direct|=increase|=reduce @3.8
            #percent =send|=shift|=route|=split|=move #version|=new|=old|challenger|production @3.6
            =no =longer =serve @3.3
            cancel endpoint @3.4
        """,
    ),
    Intent(
        name="deploy",
        does="deploy a model",
        example="`deploy champion to staging`",
        play=_deploy,
        tools=("deploy_*", "deploy"),
        changes=True,
        instead="Until then, deploy it in the Vertex AI console.",
        how="Deploying puts a model version on an endpoint; it takes somebody else's approval.",
        signs="""
            deploy !file @2.9
            deploy #version|production|model|name|#environment|it|endpoint !file @3.45
            =deployed =to|=on|=onto #version|model #environment|endpoint !what !who !when !pipelines @3.45
            =deployed =to|=on|=onto production|name #environment|endpoint !what !who !when !pipelines @3.45
            =put|=push|=get #version|model|name|it|production challenger|endpoint|=vertex !=down !=back @3.45
            =bring|=roll|=move|=take #version|model|name|it|production challenger|endpoint|=vertex !=down !=back @3.45
            =create|=make|=set|=setup|=set_up|=spin|=spin_up|=open endpoint !#when @3.4
            =put|=get|=bring|=make #version|model|name =live|=online|=available @3.2
            =need|=want endpoint model|name|#version !=tear !=remove @3
            endpoint =up model|#version|name =bring|=stand|=set|=spin @3.3
            =push|=ship|=roll =out production|#environment|endpoint #version|model|name @3.6
            =roll =out @3.3
        """,
    ),
    Intent(
        name="predict",
        does="ask a deployed model for a prediction",
        example="`predict for tenure=12, monthly_charges=70.5`",
        play=_predict,
        tools=("predict", "predict_*"),
        instead="`list pipelines` shows what can be trained meanwhile.",
        signs="""
            =run|=make|=do|=get|=give =prediction|=inference @3.3
            =call|=ask|=invoke|=test|=try model|endpoint !run @3.2
            =score =this|=these|=customer|=row|#quoted @3
            predict|=sample|=test =prediction|=predictions|=inference =try|=send|=make|=do|=run @4.2
            =customer|=user|=client =would|=will|=is #values @3.3
            =positive =negative model|#quoted @3.3
            predict @2.75
            predict !start name|#set|#quoted|=for|model @3.2
            predict !start #set @3.5
            model =say|=think|=output|=return|=answer =about|=for|=to|#quoted|#set @3.3
            #quoted model|endpoint|name !start =try|=test|=feed|=through|=run|=send|=ask @3.2
            =send|=make|=fire|=try|=do|=run =request|=call|=sample|=test|=smoke endpoint|model @3.4
            =call|=query|=hit|=test|=ping|=invoke endpoint|=deployed @3.4
            =smoke =test @3
            =what =would model|name =say|=predict @3.4
            =ask|=query model|endpoint @3.1
        """,
    ),
    Intent(
        name="list_endpoints",
        does="list the endpoints",
        example="`list endpoints`",
        play=relay,
        tools=("list_endpoints", "*endpoints"),
        instead="Until then, look in the Vertex AI console.",
        signs="""
            endpoint show|what|exist|howmany|where !pipeline @2.8
            =endpoints show|what|exist|howmany|all @3.1
            =endpoints @2.3
            what|which =deployed|=served =now|=currently|=where|=staging|=vertex|=on|=to !run !pipeline !pipelines @3
            traffic what|how|show =split|=now|=is|=goes|=gets @3.1
        """,
    ),
)
