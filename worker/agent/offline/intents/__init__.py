"""The table of all intents. A new tool gets its row in one of the modules here, and nothing else changes."""

from worker.agent.offline.intent import Intent
from worker.agent.offline.intents import (
    charts,
    governance,
    memory,
    models,
    pipelines,
    platform,
    pools,
    registry,
    results,
    runs,
    schedules,
    serving,
    storage,
    talk,
)

#: On equal strength the earlier one wins.
INTENTS: tuple[Intent, ...] = (
    *runs.INTENTS,
    *pipelines.INTENTS,
    *charts.INTENTS,
    *results.INTENTS,
    *models.INTENTS,
    *registry.INTENTS,
    *serving.INTENTS,
    *pools.INTENTS,
    *schedules.INTENTS,
    *storage.INTENTS,
    *governance.INTENTS,
    *memory.INTENTS,
    *platform.INTENTS,
    *talk.INTENTS,
)
