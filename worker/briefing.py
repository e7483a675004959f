"""What a model is told before a turn: the rules, the time, who asks where, and what they may do."""

from zoneinfo import ZoneInfo

from bot.errors import BotError, Denied, NoPolicy
from bot.events import Turn
from bot.views.text import person
from worker.agent import prompts
from worker.desk import gateable
from worker.services import Services

_WHEN = "%A, %d %B %Y, %H:%M"


def briefing(services: Services, turn: Turn) -> str:
    """The system part of a prompt; nothing in it was written by people or given by tools."""
    now = services.now()
    zone = services.directory.timezone(turn.actor.user)
    direct = turn.direct or turn.thread.channel.startswith("D")
    may, gated = _rights(services, turn)
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


def _rights(services: Services, turn: Turn) -> tuple[str, str]:
    """What somebody may do, and what of it waits for approval, by permission."""
    try:
        found = services.policy().rights(
            turn.actor,
            channel=turn.thread.channel,
            directory=services.directory,
            gateable=gateable(services.catalogue),
        )
    except (Denied, NoPolicy):
        return "nothing", "nothing"
    except BotError:
        return "Slack does not tell now", "Slack does not tell now"
    return _listed(found.permissions), _listed(tuple(dict.fromkeys(rule.permission for rule in found.rules)))


def _listed(permissions: tuple[str, ...]) -> str:
    return ", ".join(f"`{permission}`" for permission in permissions) or "nothing"
