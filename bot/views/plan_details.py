"""The parts of a plan card that tell what the file holds."""

from dataclasses import dataclass
from typing import Literal

from bot.views.blocks import context, section
from bot.views.limits import SECTION
from bot.views.text import age, bounded, code, codes, count, fenced, plain, prose
from bot.views.view import Block

_PARAMETERS = 25
_FINDINGS = 15


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a flow; `type` and `default` as written in the file, empty when there are none."""

    name: str
    type: str = ""
    default: str = ""
    required: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow; `tasks` in the order in which it calls them, `deployment` what it is registered as."""

    name: str
    function: str
    line: int
    deployment: str
    description: str = ""
    parameters: tuple[Parameter, ...] = ()
    tasks: tuple[str, ...] = ()

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the parameters without a default."""
        return tuple(parameter.name for parameter in self.parameters if parameter.required)


@dataclass(frozen=True, slots=True)
class Import:
    """A package that the file needs, and whether the work pool has it."""

    module: str
    state: Literal["present", "missing", "unknown"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a person should look at: where, what, and what to do about it."""

    line: int
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Diff:
    """A unified diff; `left_out` counts the lines that `text` does not show."""

    added: int
    removed: int
    text: str
    left_out: int = 0


def described(flow: Flow, *, show_name: bool) -> list[Block]:
    """What one flow is, takes and does."""
    blocks: list[Block] = []
    about = prose(flow.description, 600)
    where = f"function {code(flow.function)}, line {flow.line}"
    title = f"*{plain(flow.name, 100)}* — {where}" if show_name else where[0].upper() + where[1:]
    blocks.append(section(f"{title}\n{about}".rstrip()))
    blocks.append(section(_parameters(flow)))
    blocks.append(section(_tasks(flow)))
    return blocks


def _parameters(flow: Flow) -> str:
    if not flow.parameters:
        return "*Parameters:* none"
    lines = [_parameter(parameter) for parameter in flow.parameters]
    return "*Parameters*\n" + bounded(lines, SECTION - 200, most=_PARAMETERS, kind="parameters")


def _parameter(parameter: Parameter) -> str:
    words = f"• {code(parameter.name, 60)}"
    if parameter.type:
        words += f" {plain(parameter.type, 80)}"
    words += " — *required*" if parameter.required else f" = {code(parameter.default or 'None', 80)}"
    return f"{words} ({plain(parameter.note, 120)})" if parameter.note else words


def _tasks(flow: Flow) -> str:
    if not flow.tasks:
        return "*Tasks:* none; the flow does its work itself"
    shown = " → ".join(code(name, 60) for name in flow.tasks[:20])
    more = f" → … and {len(flow.tasks) - 20} more" if len(flow.tasks) > 20 else ""  # noqa: PLR2004  # a screenful
    return f"*Tasks, in order:* {shown}{more}"


def packages(imports: tuple[Import, ...], *, pool: str, probe_age: float | None, again: bool = False) -> list[Block]:
    """Whether the work pool has what the file imports, and how fresh that knowledge is."""
    if not imports:
        return [section("*Packages:* only Python's standard library")]
    named = {
        state: tuple(found.module for found in imports if found.state == state)
        for state in ("present", "missing", "unknown")
    }
    lines = [f"*Packages* on work pool {code(pool)}"]
    if named["present"]:
        lines.append(f"✅ there: {codes(named['present'])}")
    if named["missing"]:
        them = "it" if len(named["missing"]) == 1 else "them"
        lines.append(
            f"❌ *missing:* {codes(named['missing'])} — install {them} where the pool's worker runs, "
            "or the run fails at its import"
        )
    if named["unknown"]:
        lines.append(f"❔ not known: {codes(named['unknown'])}")
    return [section("\n".join(lines)), context(_freshness(probe_age, again=again))]


def _freshness(probe_age: float | None, *, again: bool) -> str:
    now = " I am asking it now; share the file again in a minute to see what it says." if again else ""
    if probe_age is None:
        return f"The work pool has not been asked yet what it has installed.{now}"
    return f"The work pool was asked {age(probe_age)}.{now}"


def findings(found: tuple[Finding, ...]) -> list[Block]:
    """What a person should look at before deciding; nothing when there is nothing."""
    if not found:
        return []
    lines = [
        f"• line {finding.line}: {plain(finding.reason, 300)} {plain(finding.remedy, 300)}".rstrip()
        for finding in found
    ]
    title = f"⚠️ *Worth a look before you decide* ({count(len(found), 'remark')})"
    return [section(f"{title}\n" + bounded(lines, SECTION - 200, most=_FINDINGS, kind="remarks"))]


def changed(diff: Diff, *, since: str) -> list[Block]:
    """What is different from the registered version."""
    against = f" against version {code(since[:12])}" if since else ""
    title = f"*Changed{against}:* {count(diff.added, 'line')} added, {count(diff.removed, 'line')} removed"
    blocks = [section(title)]
    if diff.text.strip():
        lines = diff.text.split("\n")
        shown = bounded(lines, SECTION // 2, most=40, kind="lines of the diff")
        blocks.append(section(fenced(shown)))
    if diff.left_out:
        blocks.append(context(f"{count(diff.left_out, 'more line')} of the diff left out."))
    return blocks
