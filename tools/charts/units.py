"""What a metric is measured in, as far as its name says it; MLflow itself keeps no units. Pure."""

import re

_BY_LAST_WORD = {
    word: unit
    for unit, words in {
        "ms": "ms millis milliseconds",
        "s": "s sec secs second seconds",
        "min": "min minutes",
        "h": "h hours",
        "%": "pct percent percentage",
        "bytes": "bytes",
        "kB": "kb kilobytes",
        "MB": "mb megabytes",
        "GB": "gb gigabytes",
        "W": "watts",
        "USD": "usd",
        "EUR": "eur",
    }.items()
    for word in words.split()
}
_SHARES = frozenset({"accuracy", "acc", "auc", "auroc", "f1", "precision", "recall", "iou", "ndcg", "map"})
SHARE = "from 0 to 1"


def unit(metric: str) -> str:
    """The unit of a metric, such as `ms`; empty when its name does not say it."""
    words = re.split(r"[\W_]+", metric.lower().strip("_"))
    return _BY_LAST_WORD.get(words[-1], "") or (SHARE if _SHARES & set(words) else "")


def with_unit(metric: str) -> str:
    """The metric's name, with its unit behind it where that is known."""
    found = unit(metric)
    return f"{metric} ({found})" if found else metric
