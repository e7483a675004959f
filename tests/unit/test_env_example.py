"""`.env.example` is a complete and true list of what can be set."""

from pathlib import Path

from bot.settings import Settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"


def test_every_setting_is_named_once_and_nothing_else() -> None:
    assert sorted(name for name, _ in shown()) == sorted(name.upper() for name in Settings.model_fields)


def test_the_values_in_comments_are_the_defaults() -> None:
    defaults = {name.upper(): field.default for name, field in Settings.model_fields.items() if not field.is_required()}
    told = {name: value for name, value in shown() if name in defaults and value != "xapp-"}
    said = {name: "" if defaults[name] is None else str(defaults[name]) for name in told}
    assert {name: value.lower() for name, value in told.items()} == {
        name: value.lower() for name, value in said.items()
    }


def shown() -> list[tuple[str, str]]:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    pairs = [line.removeprefix("#").partition("=") for line in lines if "=" in line and not line.startswith("# ")]
    return [(name, value) for name, _, value in pairs]
