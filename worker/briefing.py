"""What a model is told before a turn: the rules, the time, who asks where, and what they may do."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bot.access import Policy
from bot.errors import BotError, Denied
from bot.events import Turn
from bot.views.text import person
from tools.desk.tools import who_am_i
from worker.agent import prompts
from worker.agent.fitting import RULES_CHARACTERS
from worker.desk import gateable
from worker.services import Services

LISTED_CHARACTERS = RULES_CHARACTERS // 5  #: twice as much, beside rules that take half
_WHEN = "%A, %d %B %Y, %H:%M"


def briefing(services: Services, turn: Turn, policy: Policy | None) -> str:
    """The system part of a prompt; nothing in it was written by people or given by tools.

    Args:
        services: What the product has.
        turn: The turn.
        policy: The one in force; None without one that can be read.
    """
    now = services.now()
    zone = services.directory.timezone(turn.actor.user)
    direct = turn.direct or turn.thread.channel.startswith("D")
    may, gated = _rights(services, turn, policy)
    return prompts.render(
        "answer",
        now=f"{now:{_WHEN}} UTC",
        local=f"{now.astimezone(ZoneInfo(zone)):{_WHEN}} ({zone})",
        person=person(turn.actor.user),
        place="a direct message" if direct else f"the channel <#{turn.thread.channel}>",
        may=may,
        gated=gated,
        pool=services.settings.prefect_work_pool,
    )


def _rights(services: Services, turn: Turn, policy: Policy | None) -> tuple[str, str]:
    """What somebody may do, and what of it waits for approval, by permission."""
    if policy is None:
        return "nothing", "nothing"
    try:
        found = policy.rights(
            turn.actor,
            channel=turn.thread.channel,
            directory=services.directory,
            gateable=gateable(services.catalogue),
        )
    except Denied:
        return "nothing", "nothing"
    except BotError:
        return "Slack does not tell now", "Slack does not tell now"
    return listed(found.permissions), listed(tuple(dict.fromkeys(rule.permission for rule in found.rules)))


def listed(permissions: Sequence[str]) -> str:
    """Permissions for the rules, as many as there is room for; how many more there are, and who knows them."""
    shown: list[str] = []
    room = LISTED_CHARACTERS
    for permission in permissions:
        room -= len(f"`{permission}`, ")
        if room < 0:
            left = len(permissions) - len(shown)
            return ", ".join([*shown, f"and {left} more, which `{who_am_i.name}` tells"])
        shown.append(f"`{permission}`")
    return ", ".join(shown) or "nothing"
