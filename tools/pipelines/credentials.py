"""Credentials written into a file, as findings: where they are and of what kind, never what they are."""

from tools.credentials import found_in
from tools.pipelines.models import Finding

_MOST_FINDINGS = 20


def credential_findings(text: str) -> tuple[Finding, ...]:
    """A warning for each credential in a text; at most 20, the last of which says how many more there are."""
    places = list(dict.fromkeys((found.line, found.kind) for found in found_in(text)))
    findings = [_finding(line, f"This line holds what looks like {kind}.") for line, kind in places[:_MOST_FINDINGS]]
    if len(places) > _MOST_FINDINGS:
        left_out = len(places) - _MOST_FINDINGS + 1
        line = places[_MOST_FINDINGS - 1][0]
        findings[-1] = _finding(line, f"{left_out} more lines from here on hold what looks like a credential.")
    return tuple(findings)


def _finding(line: int, reason: str) -> Finding:
    return Finding(
        kind="credential",
        line=line,
        reason=reason,
        remedy="Take it out, load it from a Prefect secret or variable, and change it: whoever saw the file has it.",
    )
