"""A read that failed because its system was away for a moment is made once more, and a change never is."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from tools.errors import Unavailable

Answer = TypeVar("Answer")

#: Seconds to wait before the second attempt; spread, so that many readers do not come back at once.
PAUSE = (0.1, 0.4)


def read_again(read: Callable[[], Answer], *, pause: Callable[[float], None] = time.sleep) -> Answer:
    """What `read` gives, asked a second time if its system was away.

    Args:
        read: A call that changes nothing.
        pause: Waits for some seconds.

    Raises:
        Unavailable: The second attempt failed too.
    """
    try:
        return read()
    except Unavailable:
        pause(random.uniform(*PAUSE))  # noqa: S311 - spreads load, protects nothing
        return read()
