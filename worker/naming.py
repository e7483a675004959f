"""Texts of tools and models as people read them: with names instead of ids, and links only where they may lead."""

from bot.errors import SlackUnavailable
from bot.views.people import Named, with_names
from bot.views.view import View
from worker import cards
from worker.services import Services


def named(services: Services, text: str) -> str:
    """The text with people's and groups' names; while Slack does not tell, nobody is named."""
    away = False

    def name_of(one: Named) -> str | None:
        nonlocal away
        if away:
            return None
        try:
            return services.directory.group_name(one.id) if one.kind == "group" else services.directory.name(one.id)
        except SlackUnavailable:
            away = True  # whoever waits for the answer does not wait for each name
            return None

    return with_names(text, name_of)


def note(services: Services, text: str) -> View:
    """A short answer without small print; longer ones are cut, and say so."""
    return cards.note(named(services, text), hosts=services.hosts)
