"""Registered models: which there are, where they come from, and which one is in production."""

import re

from worker.agent.offline import registered
from worker.agent.offline.intent import Intent
from worker.agent.offline.intents.plays import relay
from worker.agent.offline.steps import Step
from worker.agent.offline.vocabulary import word_set

_CHAMPION = "champion"
_SMALL = word_set("the a an please now just")
_TOWARDS = word_set("to as")
_AFTER_ALIAS = frozenset({"", *word_set("alias for of in and instead today because since")})
_NO_ALIAS = word_set(
    "it that this live go be everyone everybody us me version previous before last one of for to on from"
)
_A_VERSION = re.compile(r"v?\.?\d+")
#: What is said of the version that is to go: `v3 is broken`, `from v3`.
_LEFT = re.compile(
    r"\bfrom\s+(?:version\s+)?v?\.?(\d+)|\bv\.?(\d+)\s+(?:is|was|has|had|does|did|looks?|seems?|keeps?|fail(?:s|ed)?|"
    r"broke|breaks|crash(?:es|ed)|performs?|gives?|made|makes|went|got)\b",
    re.IGNORECASE,
)


#: `roll back endpoint churn-staging`, and `roll the churn-staging endpoint back`.
_ENDPOINT = re.compile(
    r"\bendpoint\s+(?:of\s+)?`?([a-z]\w*(?:-\w+)*)(?<!\bto)(?<!\bback)`?|`?([a-z]\w*(?:-\w+)+)`?\s+endpoint\b",
    re.IGNORECASE,
)
_ON_THE_CARD = tuple(f"- **{step}" for step in ("MLflow run", "Prefect run", "Pipeline", "Slack file", "Data", "Asked"))


def _promote(step: Step) -> str:
    tool = step.tool()
    model = registered.model(step, needed="model" in tool.required)
    choice = registered.chosen(step, model) if model else None
    version = choice.version if choice else registered.version(step)
    reply = step.call(tool, model=model, version=version, alias=_alias(step, model, version))
    return f"{choice.reason}\n\n{reply.text}" if choice else reply.text


def _alias(step: Step, model: str, version: str = "") -> str:
    """The alias that is meant, `champion` when none is; in `promote the challenger` that word names the version."""
    if step.slots.alias and step.slots.alias != version:
        return step.slots.alias
    return _spoken_alias(step.slots.said, model) or step.slots.environment or _CHAMPION


def _spoken_alias(said: tuple[str, ...], model: str) -> str:
    """An alias by its place alone: `v2 to trial`, `v2 to the trial alias`, `the alias trial`, `roll trial of churn`."""
    words = [word for word in said if word not in _SMALL]
    for at, word in enumerate(words):
        before, after = words[at - 1] if at else "", words[at + 1] if at + 1 < len(words) else ""
        placed = before == "alias" or (before in _TOWARDS and at > 1 and after in _AFTER_ALIAS)
        if placed and word not in _NO_ALIAS and word != model.lower() and not _A_VERSION.fullmatch(word):
            return word
    return ""


def _roll_back(step: Step) -> str:
    """To the version before; to a version that was named, by promoting that; the traffic of an endpoint, to before."""
    of_endpoint = step.toolbox.find(("roll_back_endpoint",))
    if of_endpoint is not None and (named := _ENDPOINT.search(step.dialogue.now.said)):
        return step.call(of_endpoint, endpoint=named[1] or named[2]).text
    tool = step.tool()
    model = registered.model(step, needed="model" in tool.required)
    left = {number for found in _LEFT.findall(step.dialogue.now.said) for number in found}
    alias, versions = _alias(step, model), [one for one in step.slots.versions if one not in left]
    promote = step.toolbox.find(("promote_model",))
    if versions and promote is not None:
        return step.call(promote, model=model, version=versions[0], alias=alias).text
    return step.call(tool, model=model, version=versions[0] if versions else None, alias=alias).text


def _remove_alias(step: Step) -> str:
    return step.call(step.tool(), model=registered.model(step), alias=step.slots.alias or step.slots.quoted).text


def _of_model(step: Step) -> str:
    """About the model that is meant; where several could be, which models there are."""
    tool = step.tool()
    listing = step.toolbox.find(("list_models",))
    named = registered.model(step, needed=listing is None and "model" in tool.required)
    if not named and listing is not None and "model" in tool.required:
        return step.call(listing).text
    version = registered.version(step)  # none that was named: what is in production
    return step.call(tool, model=named, version=version, alias=step.slots.alias or None).text


def _of_version(step: Step) -> str:
    """About the version that is meant; the tool takes the latest where none is."""
    meant = registered.version(step) or step.slots.alias or None
    return step.call(step.tool(), model=registered.model(step), version=meant).text


def _lineage(step: Step) -> str:
    """What is where, and who let it; the steps that led there are on the card."""
    text = _of_model(step)
    head, mark, steps = text.partition("- **Version**")
    first = [line for line in steps.splitlines() if mark and not line.startswith(_ON_THE_CARD)]
    return "\n".join([head + mark + first[0], *first[1:], "", "The card shows where it is from."]) if first else text


def _models(step: Step) -> str:
    described = step.toolbox.find(("describe_model",))
    if described is None or not step.slots.names or step.toolbox.find(("list_models",)) is None:
        return relay(step)
    named = registered.model(step, needed=False)
    return step.call(described, model=named).text if named else relay(step)


INTENTS = (
    Intent(
        name="remove_alias",
        does="take an alias away from a model",
        example="`remove the alias challenger from churn`",
        play=_remove_alias,
        tools=("remove_alias", "delete_alias"),
        changes=True,
        instead="Until then, take the alias away in MLflow itself.",
        how="Taking an alias away leaves the model's versions; it takes somebody else's approval.",
        signs="""
            =unalias @3.6
            delete =alias @3.6
            =alias =take =away|=off @3.7
        """,
    ),
    Intent(
        name="rollback",
        does="roll a model back",
        example="`roll back churn to v3`",
        play=_roll_back,
        tools=("roll_back_model", "rollback_*", "roll_back*", "rollback", "restore_*"),
        changes=True,
        instead="Until then, move the alias in MLflow itself.",
        how="A roll-back puts the alias on the version before; it takes somebody else's approval.",
        signs="""
            =undo|=revert promote @3.7
            rollback @3.1
            rollback production|#version|model|name @3.6
            =roll =back @3.3
            =back production|#version =old|=previous|=put|=go|=bring|=take|=want @3.5
            =back production|#version =need|=switch|=move|=get|=set|=return|=give @3.5
            =undo|=revert @3
            =previous|=old|=last production|#version|model =restore|=return|=reinstate|=put|=back @3.4
            =reinstate|=restore production|#version|model @3.4
        """,
    ),
    Intent(
        name="promote",
        does="promote a model version",
        example="`promote v4 to champion`",
        play=_promote,
        tools=("promote_*", "promote", "set_alias", "set_model_alias"),
        changes=True,
        instead="Until then, set the alias in MLflow itself; `metrics of the last run` shows what a run reached.",
        how="Promoting moves an alias such as `champion` to another version; it takes somebody else's approval.",
        signs="""
            =point|=move|=switch production|#alias #version @3.4
            promote @3
            promote #version|production|model|it|name @3.5
            =make|=set|=put|=move|=push|=take|=turn|=declare|=mark|=use|=get|=bring|=switch production #version @3.4
            =make|=put|=move|=push|=declare|=mark|=turn|=use|=crown|=get|=bring production model|it|name|version @3
            =alias #version|production @2.9
            =alias #version =set|=move|=point|=assign|=give|=change @3.5
            =should|=becomes|=become|=be =champion #version @3
            =new =champion #version|it|model @3.1
            =approve #version @2.6
        """,
    ),
    Intent(
        name="lineage",
        does="trace a model back to its run, file and approval",
        example="`what is in production, and which run trained it?`",
        play=_lineage,
        tools=(
            "trace_model",
            "lineage*",
            "trace_*",
            "model_lineage",
            "*lineage*",
            "describe_model*",
            "describe_version",
        ),
        instead="`list pipelines` and `last runs of NAME` tell which file ran when.",
        signs="""
            =based #version|production|model @3.3
            what|which|where #version|production =from @3.4
            =lineage|=provenance|=ancestry|=genealogy|=linage|=origin|=origins @3.4
            which|what|who|where|how run|file|pipeline lineage production|#version|model|it @3.7
            which|what|who|where|how dataset|=data|=code|=dataset lineage production|#version|model|it @3.7
            who approved @3.4
            who approved #version|production|model|it @3.6
            who =promoted|=deployed|=signed|=trained|=made|=put @3.4
            where #version|model|production|it =from @3.4
            =trace|=traced production|model|#version run|file|lineage @3.5
            how #version =come|=came =about @3.3
            trace @2.6
            lineage =trace|=traced @2.8
            lineage #version|production @2.7
            what|which run|file|pipeline =behind|=belongs|=made #version|production|model @3.6
            what|which =in =production|=prod @3.1
            what|which =running|=live|=serving|=currently =production|=prod @3.1
            what production =is =now|=current|=currently|=right_now !#version @2.5
            =how =did|=was #version|production|model =made|=built|=trained|=produced|=get @3.3
            =history #version|production|model @3.2
            =when =promoted|=deployed|=trained|=was #version|production|model @3.1
            =was|=has|=did|=is production|#version =promoted|=rolled|=approved|=deployed @2.9
            =which|=what =parameters|=params|=digest|=commit =produced|=trained|=was #version|production|model @3.3
        """,
    ),
    Intent(
        name="describe_version",
        does="show a model version's description, tags, inputs and outputs",
        example="`what is the signature of churn v1?`",
        play=_of_version,
        tools=("describe_version", "get_model_version", "describe_model"),
        instead="Its page in MLflow shows them.",
        signs="""
            =signature|=schema #version|#alias|model|production @3.8
            =tags #version|#alias|model|production what|which|show|read|tell @3.8
            =description #version|#alias|model|production what|which|show|read !#quoted @3.7
            =inputs|=input|=outputs|=output|=columns|=features #version|#alias|production|model @3.6
            =describe #version !=as !#quoted !=to @3.8
            =details|=detail #version|#alias @3.4
            =tell|=all =about #version !run !=better @3.4
        """,
    ),
    Intent(
        name="evaluate_version",
        does="hold a model version against the policy's thresholds",
        example="`does churn v4 meet the thresholds?`",
        play=_of_version,
        tools=("evaluate_version",),
        instead="The card of a promotion shows them.",
        signs="""
            =gate|=gates|=threshold|=thresholds #version|#alias|production|model|name !start !#set !change @3.9
            =evaluate #version|#alias|production !start @3.8
        """,
    ),
    Intent(
        name="list_models",
        does="list the registered models",
        example="`list models`",
        play=_models,
        tools=("list_models", "list_registered_models", "list_versions", "describe_model"),
        instead="`metrics of the last run` names the model version that a run registered.",
        signs="""
            models what =in production|=staging @3.25
            models @2.4
            =versions =registered what @3.1
            models show|what|exist|howmany|all @3
            model =registry|=registered @3
            =registry @2.5
            =versions @2.4
            =versions|=version show|what|exist|howmany|all name|model|=there !you @3
            version name what|which|show !start @2.8
            version what|which production|#alias @3.3
            what|which version =latest|=newest|=current|=champion @3.2
            model show|what !run !metric !production !=trained !you !parameter @2.2
            model =exist|=have|=available|=registered @2.6
            which =model =champion|=challenger @3.15
            =aliases|=alias what|show|which @3
            model tell name !run !metric !start !parameter !pipeline @3
        """,
    ),
)
