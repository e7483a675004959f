"""How long things are kept: by the policy, else as long as is usual."""

from collections.abc import Callable
from dataclasses import dataclass

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Retention:
    """Seconds for which things are kept after they were written last.

    What is written counts; a policy that says something else later changes nothing of what lies there already.

    Attributes:
        conversations: What was said in a thread, its summary, and where a person has talked.
        proposals: The record of what was proposed and decided.
        mailboxes: What was accepted and not worked on yet.
        files: A shared file and what was found in it.
    """

    conversations: int = 30 * DAY
    proposals: int = 90 * DAY
    mailboxes: int = 30 * DAY
    files: int = 7 * DAY


Kept = Callable[[], Retention]  #: how long things are kept, asked at each write
