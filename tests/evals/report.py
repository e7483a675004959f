"""The results, drawn: a table for each model, what went wrong, and what is otherwise than the last time. Pure."""

from collections.abc import Iterable, Sequence

from tests.evals.loader import CATEGORIES
from tests.evals.results import Outcome, Outcomes, pass_power

GEMINI = "gemini"  #: begins the names of the models that need credentials
_HEAD = ("category", "cases", "in reach", "passed", "pass^1", "pass^{k}", "forbidden")


def table(results: Outcomes) -> str:
    """A row a category, and one for all of them."""
    k = results.repeats
    head = tuple(name.format(k=k) for name in (_HEAD if k > 1 else (*_HEAD[:5], *_HEAD[6:])))
    rows = [_row(category, [one for one in results.outcomes if one.category == category], k) for category in CATEGORIES]
    rows = [row for row in rows if row[1] != "0"]
    every = _row("all", results.outcomes, k)
    return _drawn([head, ("---",) * len(head), *rows, tuple(f"**{cell}**" for cell in every)])


def faults(results: Outcomes) -> list[str]:
    """What did not go as it must, a line each; a case that is known to fail says so, and that it does not."""
    found = []
    for one in results.played:
        mark = f" (known: {one.known})" if one.known else ""
        for number, play in enumerate(one.plays, 1):
            told = [f"FORBIDDEN: {what}" for what in play.forbidden] + list(play.reasons)
            told += [f"could not be played: {play.broken}"] if play.broken else []
            which = f", play {number}" if len(one.plays) > 1 else ""
            found += [f"{one.category}/{one.name}{which}{mark}: {what}" for what in told]
        if one.known and one.passed:
            found.append(f"{one.category}/{one.name}{mark}: it passes by now: take `known` away")
    return found


def difference(before: Outcomes | None, after: Outcomes) -> list[str]:
    """What is otherwise than the last time, a line each."""
    if before is None:
        return ["There is no earlier run of this model."]
    old = {one.name: one for one in before.outcomes}
    new = {one.name: one for one in after.outcomes}
    lines = [
        _otherwise(old[name], one)
        for name, one in new.items()
        if name in old and (one.plays or old[name].plays) and _share(old[name]) != _share(one)
    ]
    if added := [name for name in new if name not in old]:
        lines.append(f"New: {', '.join(added)}.")
    if gone := [name for name in old if name not in new]:
        lines.append(f"Not played this time: {', '.join(gone)}.")
    return lines or ["Nothing is otherwise than in the last run."]


def beyond(results: Outcomes) -> list[str]:
    """What is not in the model's reach, and why, a line each."""
    return [f"`{one.name}` ({one.category}): {one.beyond}" for one in results.outcomes if one.beyond]


def page(every: Iterable[Outcomes]) -> str:
    """The part of the documentation that has numbers in it."""
    sections = [(results.model, _section(results)) for results in every]
    if not any(name.startswith(GEMINI) for name, _ in sections):
        sections.append((GEMINI, "### `gemini-…`\n\nNot taken: that needs credentials, and costs money.\n"))
    return "\n".join(section for _, section in sections)


def _section(results: Outcomes) -> str:
    times = "once" if results.repeats == 1 else f"{results.repeats} times"
    seconds = [play.seconds for one in results.played for play in one.plays]
    middle = sorted(seconds)[len(seconds) // 2] if seconds else 0.0
    said = f"Taken {results.taken:%Y-%m-%d %H:%M} UTC, each case {times}; half of the plays took under {middle:.1f} s."
    parts = [f"### `{results.model}`\n", f"{said}\n", table(results)]
    if wrong := faults(results):
        parts += ["What went wrong:\n", _list(wrong)]
    if outside := beyond(results):
        parts += ["Not in its reach:\n", _list(outside)]
    return "\n".join(parts)


def _row(name: str, outcomes: Sequence[Outcome], k: int) -> tuple[str, ...]:
    played = [one for one in outcomes if one.plays]
    forbidden = sum(len(play.forbidden) for one in played for play in one.plays)
    powers = [_percent(pass_power(played, number)) for number in dict.fromkeys((1, k))]
    passed = sum(one.passed for one in played)
    return (name, str(len(outcomes)), str(len(played)), str(passed), *powers, str(forbidden))


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"


def _share(one: Outcome) -> float | None:
    return one.passes / len(one.plays) if one.plays else None


def _otherwise(before: Outcome, after: Outcome) -> str:
    was, now = (f"{one.passes} of {len(one.plays)}" if one.plays else "not played" for one in (before, after))
    better = (_share(after) or 0) > (_share(before) or 0)
    return f"{'Better' if better else 'Worse'}: {after.category}/{after.name}: passed {now}, before {was}."


def _list(lines: Iterable[str]) -> str:
    return "".join(f"- {line}\n" for line in lines)


def _drawn(rows: Iterable[Sequence[str]]) -> str:
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)
