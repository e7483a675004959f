"""Input that people, files and models could send us, for property tests."""

from hypothesis import strategies as st

PIECES = (
    "<!channel>",
    "<!here|here>",
    "<!subteam^S1|@ml>",
    "<@U0BOB>",
    "<@U0BOB|bob>",
    "<#C1|random>",
    "<https://evil.example/?q=1|Approve>",
    "[click](https://evil.example/x)",
    "![x](https://evil.example/x.png)",
    "https://evil.example/?q=secret",
    "[ours](https://prefect.example/runs/1)",
    "&lt;!channel&gt;",
    "&amp;",
    "&",
    "<",
    ">",
    "<<!channel>!here>",
    "```",
    "````",
    "~~~",
    "`",
    "**",
    "__",
    "*",
    "_",
    "~~",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "\n",
    "\n\n",
    "\r\n",
    "# ",
    "- ",
    "> ",
    "\x00",
    "\ud800",
    "\u202e",
    "\ue000",
    "🚂",
    "word ",
    "x" * 60,
    "é",
    "\u200b",
    "",
)

short = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=8).map("".join)
huge = st.builds(lambda piece, times: piece * times, short, st.sampled_from((1, 40, 400)))
foreign = st.one_of(short, huge)
number = st.integers(min_value=0, max_value=10**7)
seconds = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True), st.floats(0, 1e6))


def many(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    """A few, or far too many, of something."""
    few = st.lists(strategy, max_size=5).map(tuple)
    return st.one_of(few, st.builds(lambda found, times: found * times, few, st.sampled_from((1, 120))))
