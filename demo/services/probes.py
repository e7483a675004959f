"""Questions to a starting server: are you usable? Each answers within a second and never raises."""

from collections.abc import Callable
from datetime import UTC, datetime

import httpx

SECONDS = 1.0


def answers(url: str) -> Callable[[], bool]:
    """A probe: GET `url` gives HTTP 200."""

    def probe() -> bool:
        try:
            return httpx.get(url, timeout=SECONDS, trust_env=False).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    return probe


def polls(api_url: str, pool: str, *, since: datetime) -> Callable[[], bool]:
    """A probe: a Prefect worker has reported itself to `pool` after `since`.

    A worker that was killed stays listed as online for a while, so its last sign of life must be a new one.
    """
    url = f"{api_url}/work_pools/{pool}/workers/filter"

    def probe() -> bool:
        try:
            answer = httpx.post(url, json={}, timeout=SECONDS, trust_env=False)
        except httpx.HTTPError:
            return False
        if answer.status_code != httpx.codes.OK:
            return False
        return any(
            datetime.fromisoformat(worker["last_heartbeat_time"]) >= since
            for worker in answer.json()
            if worker["status"] == "ONLINE"
        )

    return probe


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
