"""The offline model: rules instead of a language model, for installations without one and for tests.

Why rules at all: the product must be tried, tested and demonstrated without a network or a key, and a scripted fake
would prove nothing. `wording` makes words of a message, `clauses` says which of them are orders, `intents/` holds one
row per request, `steps` carries a row out by tool calls, `planner` chooses the next move, `model` is LangChain's side.
"""

from worker.agent.offline.model import OfflineModel

__all__ = ["OfflineModel"]
