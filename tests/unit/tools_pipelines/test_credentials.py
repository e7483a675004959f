import time

import pytest

from tests.unit.tools_pipelines.pipeline_sources import WITH_FLOW, reading_of
from tools.credentials import HIDDEN, found_in, hidden
from tools.pipelines.credentials import credential_findings

# Written in two parts, so that no scanner takes this file for one that leaks.
LEAKS = {
    "an AWS access key": "AKIA" + "IOSFODNN7EXAMPLE",
    "a Google API key": "AIza" + "SyA1234567890abcdefghijklmnopqrstuv",
    "a Google OAuth secret": "GOCSPX" + "-abcdefghijklmnopqrstuvwx",
    "a Slack token": "xoxb" + "-123456789012-abcdefghijkl",
    "a Slack webhook": "hooks.slack.com" + "/services/T00000000/B00000000/abcdefghijklmnop",
    "a GitHub token": "ghp" + "_abcdefghijklmnopqrstuvwxyz0123456789",
    "a GitLab token": "glpat" + "-abcdefghijklmnopqrst",
    "a Hugging Face token": "hf" + "_abcdefghijklmnopqrstuvwxyzabcdefgh",
    "an API key of a model provider": "sk" + "-proj-abcdefghijklmnopqrstuvwx",
    "a Stripe key": "sk" + "_live_abcdefghijklmnopqrst",
    "a Databricks token": "dapi" + "0123456789abcdef0123456789abcdef",
    "a Prefect API key": "pnu" + "_abcdefghijklmnopqrstuvwxyz0123456789",
    "a JSON web token": "eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLW9mLWl0",
}

ASSIGNED = [
    "password = 'hunter2'",
    'DB_PASSWORD: str = "hunter2"',
    "PASSWORD: str | None = 'hunter2'",
    "connect(host='x', password='hunter2')",
    "{'password': 'hunter2'}",
    "os.environ['MLFLOW_TRACKING_PASSWORD'] = 'hunter2'",
    "api_key = b'hunter2'",
    "aws_secret_access_key='hunter2'",
    "client_secret = 'hunter2'",
    "slack_bot_token='hunter2'",
    "# password = 'hunter2'",
    "engine = create('postgresql://ml:hunter2@db:5432/churn')",
    "token = 'hunter2hunter2hunter2'",
]


@pytest.mark.parametrize("kind", LEAKS)
def test_a_credential_is_found_with_its_line_and_kind_and_its_value_is_not_told(kind: str) -> None:
    reading = reading_of(f"{WITH_FLOW}\nCLIENT = connect('{LEAKS[kind]}')\ndef connect(x): ...\n")
    (found,) = [one for one in reading.findings if one.kind == "credential"]
    assert found.line == 5
    assert kind in found.reason
    assert LEAKS[kind] not in reading.model_dump_json()
    assert LEAKS[kind] not in hidden(f"x = '{LEAKS[kind]}'")


@pytest.mark.parametrize("line", ASSIGNED)
def test_a_password_written_as_text_is_found_and_hidden(line: str) -> None:
    assert len(found_in(line)) == 1
    assert "hunter2" not in hidden(line)
    assert HIDDEN in hidden(line)
    assert all("hunter2" not in finding.reason for finding in credential_findings(line))


@pytest.mark.parametrize(
    "line",
    [
        "password = os.environ['DB_PASSWORD']",
        "password = get_secret('db')",
        "password = ''",
        "password = '***'",
        "password = '<your password>'",
        "password = 'changeme'",
        "password = '${DB_PASSWORD}'",
        "password = f'{prefix}'",
        "PASSWORD_FIELD = 'user_pw'",
        "pad_token = '[PAD]'",
        "tokenizer = 'bert-base-uncased'",
        "eos_token = '</s>'",
        "secretary = 'Ms Miller'",
        "help(password='Enter your password here')",
        "url = 'https://example.org:8443/a@b'",
        "url = f'postgresql://{user}:{password}@db/x'",
        "uri = 'https://docs.prefect.io/v3/how-to'",
        "keys = ['customer_id', 'api_calls']",
        "model = 'sk-learn'",
    ],
)
def test_what_only_talks_of_credentials_is_left_alone(line: str) -> None:
    assert found_in(line) == ()
    assert hidden(line) == line


def test_a_private_key_is_found_once_and_hidden_whole_with_its_lines_kept() -> None:
    begin, end = (f"-----{word} RSA PRIVATE KEY-----" for word in ("BEGIN", "END"))
    key = f"{begin}\nProc-Type: 4,ENCRYPTED\nMIIEabc\nMIIEdef\n{end}"
    text = f"KEY = '''{key}'''\nx = 1\n"
    (found,) = found_in(text)
    assert (found.line, found.kind) == (1, "a private key")
    shown = hidden(text)
    assert "MIIE" not in shown
    assert shown.splitlines()[-1] == "x = 1"
    assert shown.count("\n") == text.count("\n")


def test_a_private_key_that_never_ends_is_found_too() -> None:
    assert [one.kind for one in found_in("-----BEGIN PRIVATE" + " KEY-----\nabc")] == ["a private key"]


def test_many_credentials_are_told_in_few_findings_that_count_the_rest() -> None:
    found = credential_findings("password = 'hunter2'\n" * 100)
    assert len(found) == 20
    assert found[-1].reason.startswith("81 more lines")


@pytest.mark.parametrize(
    "unit",
    [
        "_",
        "a_",
        "password: ",
        "token:      ",
        "https://",
        "eyJaaaaaaaaaaaa.",
        "-----BEGIN PRIVATE KEY-----a",
        "secret ",
    ],
)
def test_a_megabyte_made_to_be_slow_is_searched_in_seconds(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    started = time.process_time()
    found_in(text)
    assert time.process_time() - started < 10
