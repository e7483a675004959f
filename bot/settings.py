"""What the environment (and `.env`) says, read once and checked before anything serves."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from redis.connection import parse_url

from bot.audit import Keyring


class BadSettings(Exception):
    """The environment does not make sense; the message names each variable and what is wrong with it."""


def _with_slash(url: str) -> str:
    return url if url.endswith("/") else url + "/"


def _http(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError("must start with http:// or https://")
    return url.rstrip("/")


def _prefect(url: str) -> str:
    if "api" not in urlsplit(url).path.split("/"):
        raise ValueError("must be the address of the API, such as http://127.0.0.1:4200/api")
    return url


def _redis(url: str) -> str:
    try:
        parse_url(url)  # type: ignore[no-untyped-call]  # redis declares no types here
    except ValueError:
        raise ValueError("must look like redis://127.0.0.1:6379/0") from None
    return url


def _named(text: str) -> str:
    if not text.strip():
        raise ValueError("must be a name")
    return text


def _store(text: str) -> str:
    if "://" in text and not text.startswith("gs://"):
        raise ValueError("must be a folder or gs://BUCKET/PREFIX")
    return text


HttpUrl = Annotated[str, AfterValidator(_http)]
RedisUrl = Annotated[str, AfterValidator(_redis)]


def _keys(text: SecretStr) -> SecretStr:
    if not Keyring.of(text.get_secret_value()).keys:
        raise ValueError("names no key")
    return text


OFFLINE = "offline"  #: the model that is made of rules and needs nobody
GEMINI = ("gemini-flash-latest", "gemini-flash-lite-latest")
_MODEL = re.compile(r"[A-Za-z0-9][\w.\-/]*")


def _models(text: str) -> str:
    names = [name.strip() for name in text.split(",")]
    if text and not all(_MODEL.fullmatch(name) for name in names):
        raise ValueError("must be a model's name, or several with commas between them")
    if OFFLINE not in (name.lower() for name in names):
        return ",".join(names)
    if len(names) > 1:
        raise ValueError("`offline` stands alone: it answers behind every other model anyway")
    return OFFLINE


_CONFIG = SettingsConfigDict(frozen=True, env_file=".env", extra="ignore", env_ignore_empty=True)

#: Settings that the audit commands read, too, which need nothing of Slack's.
_REDIS_URL = Field(default="redis://127.0.0.1:6379/0", description="Redis or Valkey, with its append-only file on.")
_AUDIT_KEY = Field(
    default=None,
    description="Key of the audit log, as `openssl rand -hex 32` makes one; replaced ones behind it, after commas.",
)
_AUDIT_ANCHORS = Field(
    default=".trainmaster/audit-anchors.jsonl",
    description="File in which the end of the audit log is noted outside Redis.",
)
AuditKeys = Annotated[SecretStr, AfterValidator(_keys)]


class AuditSettings(BaseSettings):
    """What it takes to look at the audit log."""

    model_config = _CONFIG

    redis_url: RedisUrl = _REDIS_URL
    audit_key: AuditKeys | None = _AUDIT_KEY
    audit_anchors: str = _AUDIT_ANCHORS


class Settings(BaseSettings):
    """The configuration of every process. Field descriptions are the README's table."""

    model_config = _CONFIG

    slack_bot_token: SecretStr = Field(description="Bot token, `xoxb-…`.")
    slack_app_token: SecretStr | None = Field(
        default=None, description="App-level token, `xapp-…`: Slack is reached by Socket Mode."
    )
    slack_signing_secret: SecretStr | None = Field(
        default=None,
        description="Signing secret: Slack reaches the bot by HTTP on `PORT`. Used without an app token.",
    )
    port: int = Field(default=3000, ge=1, le=65535, description="Port for Slack's HTTP requests.")
    slack_api_url: Annotated[HttpUrl, AfterValidator(_with_slash)] = Field(
        default="https://slack.com/api/", description="Slack's Web API."
    )
    redis_url: RedisUrl = _REDIS_URL
    audit_key: AuditKeys | None = _AUDIT_KEY
    audit_anchors: str = _AUDIT_ANCHORS
    prefect_api_url: Annotated[HttpUrl, AfterValidator(_prefect)] = Field(
        default="http://127.0.0.1:4200/api", description="Prefect's API, ends in `/api`."
    )
    prefect_api_key: SecretStr | None = Field(default=None, description="Key for Prefect Cloud.")
    prefect_api_auth_string: SecretStr | None = Field(
        default=None, description="`user:password` of a self-hosted Prefect server with basic authentication."
    )
    prefect_work_pool: Annotated[str, AfterValidator(_named)] = Field(
        default="trainmaster", description="Work pool on which pipelines run."
    )
    mlflow_tracking_uri: HttpUrl = Field(default="http://127.0.0.1:5000", description="MLflow's tracking server.")
    mlflow_tracking_username: str | None = Field(default=None, description="User for MLflow's basic authentication.")
    mlflow_tracking_password: SecretStr | None = Field(default=None, description="Password for it.")
    mlflow_tracking_token: SecretStr | None = Field(default=None, description="Bearer token for MLflow, instead.")
    pipeline_store: Annotated[str, AfterValidator(_store)] = Field(
        default=".trainmaster/pipelines",
        description="Folder in which pipeline sources are kept by digest, or `gs://BUCKET/PREFIX`.",
    )
    max_file_bytes: int = Field(
        default=1_000_000, ge=1_000, le=5_000_000, description="Largest pipeline file that is read, in bytes."
    )
    policy_file: Path | None = Field(
        default=None,
        description="TOML file that says who may do what; see [docs/policy.md](docs/policy.md). Empty: a built-in one.",
    )
    google_api_key: SecretStr | None = Field(default=None, description="Key for the Gemini API.")
    google_genai_use_vertexai: bool = Field(
        default=False, description="Reach Gemini through Vertex AI with application-default credentials."
    )
    google_cloud_project: str | None = Field(
        default=None, description="Google Cloud project: buckets, deployed models, Gemini on Vertex AI."
    )
    google_cloud_location: str = Field(
        default="global", description="Its region. Models are deployed in a real one, such as `us-central1`."
    )
    gcs_bucket: str | None = Field(default=None, description="Bucket that is meant where none is named.")
    storage_emulator_host: HttpUrl | None = Field(default=None, description="Another Cloud Storage than Google's.")
    vertex_api_endpoint: HttpUrl | None = Field(default=None, description="Another Vertex AI than Google's.")
    gemini_api_endpoint: HttpUrl | None = Field(default=None, description="Another Gemini endpoint than Google's.")
    model: Annotated[str, AfterValidator(_models)] = Field(
        default="",
        description="Gemini models, each asked when those before it are away, or `offline`; see "
        "[docs/model.md](docs/model.md). Empty: `gemini-flash-latest,gemini-flash-lite-latest` with credentials.",
    )
    workers: int = Field(default=2, ge=1, le=64, description="Worker children that answer turns.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="Least level logged.")
    log_format: Literal["text", "json"] = Field(default="text", description="Log lines for people or for machines.")

    @model_validator(mode="after")
    def _one_way_to_slack(self) -> "Settings":
        if self.slack_app_token is None and self.slack_signing_secret is None:
            raise ValueError("set SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP)")
        return self

    @model_validator(mode="after")
    def _project_of_the_store(self) -> "Settings":
        if self.pipeline_store.startswith("gs://"):
            if not re.fullmatch(r"gs://[a-z0-9][a-z0-9._-]{1,221}(/.*)?", self.pipeline_store):
                raise ValueError("PIPELINE_STORE: names no bucket; write gs://BUCKET or gs://BUCKET/PREFIX")
            if not self.google_cloud_project:
                raise ValueError("PIPELINE_STORE: a bucket needs GOOGLE_CLOUD_PROJECT to be set, too")
        return self

    @property
    def model_names(self) -> tuple[str, ...]:
        """The models in force, the first one before those that stand in for it: named, else by the credentials."""
        if self.model:
            return tuple(self.model.split(","))
        return GEMINI if self.google_api_key is not None or self.by_vertex else (OFFLINE,)

    @property
    def model_name(self) -> str:
        """The model that is asked first."""
        return self.model_names[0]

    @property
    def by_vertex(self) -> bool:
        """Whether Gemini is reached through Vertex AI; else it is by key."""
        return self.google_genai_use_vertexai and self.google_cloud_project is not None

    @property
    def pipeline_folder(self) -> Path:
        """Where pipeline sources are kept, when that is a folder."""
        return Path(self.pipeline_store).expanduser().resolve()


Loaded = TypeVar("Loaded", bound=BaseSettings)


def load(environment: Mapping[str, object] | None = None) -> Settings:
    """The settings of this process.

    Args:
        environment: Values that win over the environment's; for tests.

    Raises:
        BadSettings: A value is missing or wrong; names every such variable, never a secret's value.
    """
    return _loaded(Settings, environment or {})


def load_for_audit() -> AuditSettings:
    """The settings of a process that looks at the audit log and does nothing else.

    Raises:
        BadSettings: As for `load`.
    """
    return _loaded(AuditSettings, {})


def keyring(audit_key: SecretStr | None) -> Keyring:
    """The keys that `AUDIT_KEY` names; none when it is not set."""
    return Keyring.of(audit_key.get_secret_value()) if audit_key else Keyring()


def _loaded(kind: type[Loaded], environment: Mapping[str, object]) -> Loaded:
    try:
        return kind(**environment)  # type: ignore[arg-type]  # pydantic checks the values
    except ValidationError as exc:
        lines = [f"{_variable(error['loc'])}{_said(error['msg'])}" for error in exc.errors(include_input=False)]
        raise BadSettings("\n".join(lines)) from None


def _variable(location: tuple[int | str, ...]) -> str:
    return f"{str(location[0]).upper()}: " if location else ""


def _said(message: str) -> str:
    return "is not set" if message == "Field required" else message.removeprefix("Value error, ")
