"""The words the model starts from, in files; a variable that is missing, or that no file asks for, fails at once.

They hold rules, and facts that we vouch for. What people write and tools give never stands in them.
"""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.meta import find_undeclared_variables

_FOLDER = Path(__file__).parent
NAMES = ("answer", "summary")


def render(name: str, **values: str) -> str:
    """The text of `NAME.md`, filled in.

    Raises:
        jinja2.UndefinedError: A value is missing.
        TypeError: The file does not ask for a value that is given.
    """
    template, wanted = prompt(name)
    if unknown := values.keys() - wanted:
        raise TypeError(f"{name}.md asks for no {', '.join(sorted(unknown))}: it takes {', '.join(sorted(wanted))}")
    return template.render(**values)


@cache
def prompt(name: str) -> tuple[Template, frozenset[str]]:
    """A prompt, and the variables that it asks for."""
    environment = _environment()
    source = (_FOLDER / f"{name}.md").read_text("utf-8")
    return environment.get_template(f"{name}.md"), frozenset(find_undeclared_variables(environment.parse(source)))


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - Markdown for a model, no HTML
        keep_trailing_newline=False,
        auto_reload=False,
    )
