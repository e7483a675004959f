"""What the routes of the control API are made of."""

import asyncio
from concurrent.futures import Future

from pydantic import BaseModel, ConfigDict

from demo.workspace.model import JSON, Acknowledgement


class Body(BaseModel):
    """The JSON of a request: what it does not know, it refuses."""

    model_config = ConfigDict(extra="forbid")


async def outcome(pending: "Future[Acknowledgement]") -> JSON:
    """How an interaction ended, once it has."""
    acknowledgement = await asyncio.wrap_future(pending)
    return {"ok": acknowledgement.ok, "error": acknowledgement.error, "body": acknowledgement.body}
