"""The environment, read once; what is wrong in it is named before anything serves."""

import pytest

from bot.settings import BadSettings, load

SLACK = {"slack_bot_token": "xoxb-1", "slack_app_token": "xapp-1"}


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.chdir(str(tmp_path))
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "GOOGLE_API_KEY", "MODEL"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "SLACK_BOT_TOKEN: is not set"),
        ({"slack_bot_token": "xoxb-1"}, "SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP)"),
        ({**SLACK, "port": "many"}, "PORT: "),
        ({**SLACK, "prefect_api_url": "localhost"}, "PREFECT_API_URL: must start with http:// or https://"),
        ({**SLACK, "prefect_api_url": "http://127.0.0.1:4200"}, "PREFECT_API_URL: must be the address of the API"),
        ({**SLACK, "prefect_api_url": "http://api:4200/rapid"}, "PREFECT_API_URL: must be the address of the API"),
        ({**SLACK, "prefect_work_pool": " "}, "PREFECT_WORK_POOL: must be a name"),
        ({**SLACK, "redis_url": "localhost:6379"}, "REDIS_URL: must look like redis://127.0.0.1:6379/0"),
        ({**SLACK, "redis_url": "redis://localhost:none/0"}, "REDIS_URL: must look like redis://127.0.0.1:6379/0"),
        ({**SLACK, "pipeline_store": "s3://bucket/x"}, "PIPELINE_STORE: must be a folder or gs://BUCKET/PREFIX"),
        ({**SLACK, "workers": "0"}, "WORKERS: "),
        ({**SLACK, "log_level": "LOUD"}, "LOG_LEVEL: "),
        ({**SLACK, "storage_emulator_host": "localhost:1"}, "STORAGE_EMULATOR_HOST: must start with http:// or"),
        ({**SLACK, "pipeline_store": "gs://data/p"}, "PIPELINE_STORE: a bucket needs GOOGLE_CLOUD_PROJECT"),
        ({**SLACK, "google_cloud_project": "p", "pipeline_store": "gs://"}, "PIPELINE_STORE: names no bucket"),
    ],
)
def test_a_bad_value_names_its_variable(given: dict[str, str], said: str) -> None:
    with pytest.raises(BadSettings) as refused:
        load(given)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "given",
    [
        {"prefect_api_url": "https://api.prefect.cloud/api/accounts/a/workspaces/w"},
        {"prefect_api_url": "https://ml.example.com/prefect/api/"},
        {"redis_url": "rediss://:secret@redis.example.com:6380/2"},
        {"redis_url": "unix:///run/valkey.sock?db=1"},
        {"pipeline_store": "~/pipelines"},
    ],
)
def test_an_unusual_value_that_works_is_taken(given: dict[str, str]) -> None:
    load({**SLACK, **given})


def test_every_bad_value_is_named_at_once_and_no_secret_is_shown() -> None:
    with pytest.raises(BadSettings) as refused:
        load({**SLACK, "slack_bot_token": "xoxb-secret", "port": "xoxb-other", "workers": "none"})
    assert "PORT" in str(refused.value)
    assert "WORKERS" in str(refused.value)
    assert "xoxb" not in str(refused.value)


def test_the_model_is_gemini_with_credentials_and_offline_without() -> None:
    assert load(SLACK).model_name == "offline"
    assert load({**SLACK, "google_api_key": "k"}).model_name == "gemini-flash-latest"
    assert load({**SLACK, "google_api_key": "k", "model": "offline"}).model_name == "offline"
    assert load({**SLACK, "google_genai_use_vertexai": True}).model_name == "offline"
    assert load({**SLACK, "google_genai_use_vertexai": True, "google_cloud_project": "p"}).model_name != "offline"


def test_several_models_stand_in_for_each_other_in_their_order() -> None:
    assert load({**SLACK, "model": "gemini-a, gemini-b"}).model_names == ("gemini-a", "gemini-b")
    assert load({**SLACK, "google_api_key": "k"}).model_names == ("gemini-flash-latest", "gemini-flash-lite-latest")


@pytest.mark.parametrize("model", ["offline", "Offline", " OFFLINE "])
def test_the_offline_model_is_known_however_it_is_written(model: str) -> None:
    assert load({**SLACK, "google_api_key": "k", "model": model}).model_names == ("offline",)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("offline,gemini-a", "MODEL: `offline` stands alone"),
        ("gemini-a,Offline", "MODEL: `offline` stands alone"),
        ("gemini-a,,", "with commas between them"),
    ],
)
def test_a_list_of_models_that_makes_no_sense_is_told(model: str, said: str) -> None:
    with pytest.raises(BadSettings, match=said):
        load({**SLACK, "model": model})


def test_a_dotenv_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    with open(".env", "w", encoding="utf-8") as file:  # noqa: PTH123 - the current folder is this test's own
        file.write("SLACK_BOT_TOKEN=xoxb-file\nSLACK_APP_TOKEN=xapp-file\nWORKERS=5\n")
    monkeypatch.setenv("WORKERS", "7")
    assert load().slack_bot_token.get_secret_value() == "xoxb-file"
    assert load().workers == 7
