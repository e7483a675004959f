"""The words the model starts from, in files; a missing variable fails at once."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_FOLDER = Path(__file__).parent


def render(name: str, **values: str) -> str:
    """The text of `NAME.md`, filled in.

    Raises:
        jinja2.UndefinedError: A value is missing.
    """
    return _environment().get_template(f"{name}.md").render(**values)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - Markdown for a model, no HTML
        keep_trailing_newline=False,
        auto_reload=False,
    )
