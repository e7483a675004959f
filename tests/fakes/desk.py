"""A desk that knows which buckets may be worked with, and which files were shared, for tools that ask it no more."""

from bot.access import Policy
from bot.gates import Gate
from tools.desk.client import Held, MachinePrice, NoDesk, ThreadFile
from tools.errors import BadArguments
from tools.spec import Measured


class FakeDesk(NoDesk):
    """Tells what a test gave it."""

    def __init__(self, *buckets: str) -> None:
        self.allowed = buckets
        self.files: dict[str, bytes] = {}
        self.prices: dict[str, MachinePrice] = {}
        self.asked: list[Gate] = []
        self.secrets: tuple[bytes, ...] = ()

    def buckets(self) -> tuple[str, ...]:
        return self.allowed

    def machine_price(self, machine: str) -> MachinePrice | None:
        return self.prices.get(machine)

    def gates(self, model: str, measured: Measured) -> Held:
        policy, before, after = Policy(team="", roles=(), gates=tuple(self.asked)), measured.before, measured.after
        return Held(
            failing=policy.failing(model, before=before, after=after),
            holding=policy.holding(model, before=before, after=after),
        )

    def gives_away(self, content: bytes) -> bool:
        return any(secret in content for secret in self.secrets)

    def thread_file(self, name: str, *, thread: str, limit: int) -> ThreadFile:
        if not thread or ((name or not self.files) and name not in self.files):
            raise BadArguments("Nobody has shared a file in this thread. Drop it here, then ask again.")
        found = name or list(self.files)[-1]
        if len(self.files[found]) > limit:
            raise BadArguments(f"{found} is larger than {limit:,} bytes, which is the most that I take from a thread.")
        return ThreadFile(found, self.files[found])
