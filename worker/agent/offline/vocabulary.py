"""How word lists are written: as text, so that they can be read."""


def word_set(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


def phrases(text: str) -> tuple[tuple[str, ...], ...]:
    """Phrases separated by `|`, each as its words, the longest first."""
    found = (tuple(phrase.split()) for phrase in " ".join(text.split()).split("|"))
    return tuple(sorted(found, key=len, reverse=True))
