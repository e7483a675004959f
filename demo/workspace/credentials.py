"""The tokens and the signing secret of the installed app."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the app's environment needs to reach this workspace; worth nothing anywhere else."""

    bot_token: str
    app_token: str
    signing_secret: str


def new_credentials() -> Credentials:
    """Random ones, in Slack's shapes."""
    return Credentials(
        bot_token=f"xoxb-{secrets.randbelow(10**12):012d}-{secrets.token_hex(12)}",
        app_token=f"xapp-1-A0TRAINMSTR-{secrets.randbelow(10**12):012d}-{secrets.token_hex(24)}",
        signing_secret=secrets.token_hex(16),
    )


def kept_credentials(folder: Path) -> Credentials:
    """Those kept in a folder, made at the first start: a bot that outlives a restart of the workspace stays welcome."""
    path = folder / "credentials.json"
    if path.is_file():
        return Credentials(**json.loads(path.read_text()))
    folder.mkdir(parents=True, exist_ok=True)
    made = new_credentials()
    unfinished = path.with_suffix(".part")
    unfinished.touch(mode=0o600)
    unfinished.write_text(json.dumps(asdict(made)))
    os.replace(unfinished, path)  # noqa: PTH105 - Path.replace hides that this is the atomic step
    return made
