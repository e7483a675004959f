"""Globs as a policy has them: `*` is anything, `?` any one character, and all else is itself."""

from fnmatch import fnmatchcase


def matches(text: str, glob: str) -> bool:
    """Whether a glob stands for a text; capitals count."""
    return fnmatchcase(text, glob.replace("[", "[[]"))  # brackets are characters of a name like any other
