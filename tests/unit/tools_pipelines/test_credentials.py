import time

import pytest

from tests.unit.tools_pipelines.pipeline_sources import WITH_FLOW, reading_of
from tools.credentials import HIDDEN, WORDS, Kind, found_in, hidden
from tools.pipelines.credentials import credential_findings
from tools.prefect import tracebacks, wording

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
    "a package index token": "pypi" + "-AgEIcHlwaS5vcmcCJDAwMDAwMDAw",
    "a SendGrid key": "SG" + ".abcdefghijklmnopqrstuv.abcdefghijklmnopqrstuvwxyz",
    "an npm token": "npm" + "_abcdefghijklmnopqrstuvwxyz0123456789",
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


IN_LOGS = [
    *ASSIGNED,
    "POSTGRES_PASSWORD=hunter2-Pa55w0rd!",
    "PGPASSWORD=hunter2",
    "could not connect: password=hunter2 host=db",
    "Server=db;Password=hunter2;Database=x",
    "password: hunter2",
    "export DB_PASSWORD=hunter2swordfish",
    "password=hunter",
    "pwd = hunter2,",
    "with password = `hunter2`",
    r"{\"password\": \"hunter2\"}",
    "{password: hunter2, host: db}",
    "dbPassword=hunter2",
    "aws_secret_access_key = hunter2/K7MDENG+bPxRfiCYzzzz",
    "API_KEY=hunter2",
    "x-api-key: hunter2",
    "MLFLOW_TRACKING_TOKEN=hunter2hunter2",
    "https://x.org/a?access_token=hunter2hunter2&b=1",
    "Authorization: Bearer hunter2hunter2hunter2",
    "authorization: hunter2hunter2",
    "{'Authorization': 'Basic aHVudGVyMjpodW50ZXIyhunter2'}",
    "curl -H Bearer hunter2.hunter2-hunter2",
]

RARE = [
    "-----BEGIN PRIVATE" + " KEY-----",
    "AccountKey=" + "a" * 43 + "=",
    "credentials = 'hunter2'",
    "passphrase = 'hunter2'",
    "postgresql://ml:hunter2",
]
#: Letters that a pattern for any letters takes for s, k and i.
OTHER_LETTERS = str.maketrans("ski", "\N{LATIN SMALL LETTER LONG S}\N{KELVIN SIGN}\N{LATIN SMALL LETTER DOTLESS I}")


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


@pytest.mark.parametrize("line", IN_LOGS)
def test_in_other_texts_than_sources_a_password_needs_no_quotes(line: str) -> None:
    shown = hidden(line, WORDS)
    assert "hunter" not in shown
    assert HIDDEN in shown
    assert hidden(shown, WORDS) == shown
    assert found_in(line, WORDS) != ()


@pytest.mark.parametrize("kind", WORDS, ids=lambda kind: kind.name)
def test_a_text_that_holds_a_credential_shows_its_sign(kind: Kind) -> None:
    texts = [f"{line} …" for line in [*IN_LOGS, *LEAKS.values(), *RARE]]
    texts += [f'{line[:-3]}…"' for line in [*IN_LOGS, *LEAKS.values()]]
    spelt = [text.translate(letters) for text in texts for letters in ({}, OTHER_LETTERS)]
    held = [text for text in [*spelt, *map(str.upper, texts)] if kind.pattern.search(text)]
    assert held, "nothing above looks like this"
    assert [text for text in held if not any(sign in text.casefold() for sign in kind.signs)] == []


@pytest.mark.parametrize(
    "line",
    [
        "the token budget: 5000 tokens",
        "This thread has used up the 2,000 tokens allowed in a day.",
        "gemini-flash-latest · 12 s · 3 tool calls · 1,200 tokens · cost 0.0031 USD",
        "password: required",
        "password=required",
        "Password: at least 12 characters",
        "passwords: 3 of 12",
        "the secret: practice it 3 times",
        "api_key: missing",
        "tokens=1200",
        "max_tokens=512",
        "max_tokens = `512`, pad_token = `[PAD]`, tokenizer = `bert-base-uncased-v2`",
        "| max_tokens | 512 |",
        "token: expired",
        "token=5000000000000",
        "next_page_token=abc123abc123abc123",
        "code 8a1fe5c0d1b2 (sha256 8a1fe5c0d1b28a1fe5c0d1b2)",
        "key=churn-2024-11",
        "primary_key: customer_id2",
        "basic internationalization of the bearer authentication-mechanism",
        "Authorization: forbidden",
        "password == entered2",
        "connect(password=password, api_key=settings.api_key, secret=self._secret)",
        "  password: str = os.environ['DB_PASSWORD_2']",
        "password=os.environ['DB_PASSWORD_2']",
        "password=load(v2)",
        "password=${DB_PASSWORD_2} pwd={pwd2}",
        "PWD=/home/ml2",
        "secret=projects/p1/secrets/db/versions/3",
        "password=********",
        "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN: one of the 2",
        "`PREFECT_API_KEY` or `PREFECT_API_AUTH_STRING` must be set right.",
    ],
)
def test_what_only_looks_like_a_password_without_quotes_is_left_alone(line: str) -> None:
    assert hidden(line, WORDS) == line


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
    assert hidden(line, WORDS) == line


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
    found_in(text[:100_000], WORDS)
    assert time.process_time() - started < 10


def test_of_a_private_key_that_was_cut_off_what_is_there_is_hidden() -> None:
    begin = "-----BEGIN PRIVATE" + " KEY-----"
    body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj"
    assert hidden(f"key {begin}\n{body}\n{body[:20]}…") == "key [hidden]\n[hidden]\n[hidden]"
    assert hidden(f"{begin} {body} {body[:17]}…", WORDS) == "[hidden]"


@pytest.mark.parametrize("place", [45, 60, 70])
def test_what_a_tool_shortens_loses_its_secrets_first(place: int) -> None:
    long = "e" * place + f" {LEAKS['a GitHub token']} " + "e" * 2_000
    assert LEAKS["a GitHub token"][:8] not in wording.shortened(long)
    assert LEAKS["a GitHub token"][:8] not in tracebacks.fitting(long, 2 * place + 20)
