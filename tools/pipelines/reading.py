"""Reading a pipeline file that somebody shared, without running it.

Why not Prefect's own loaders: all of them, the ones called safe included, execute the file's top level. Here the bytes
are decoded, parsed and looked at; what cannot be told that way is said to be unknown.
"""

import ast
import hashlib

from tools.pipelines.credentials import credential_findings
from tools.pipelines.flows import flows_found, task_names
from tools.pipelines.imports import imports_of
from tools.pipelines.models import Finding, FlowFound, PipelineReading
from tools.pipelines.no_flow import no_flow
from tools.pipelines.scope import scope_of
from tools.pipelines.side_effects import side_effects
from tools.pipelines.source_text import SourceText
from tools.pipelines.syntax import parsed, too_deep
from tools.pipelines.text import decoded, safe_filename
from tools.pipelines.unreadable import Unreadable

__all__ = ["MAX_BYTES", "Unreadable", "digest_of", "read"]

MAX_BYTES = 1_000_000
"""The largest file that is taken unless the installation says otherwise."""


def digest_of(source: bytes) -> str:
    """The SHA-256 of a file's bytes in hexadecimal, by which it is kept and versioned."""
    return hashlib.sha256(source).hexdigest()


def read(source: bytes, filename: str, *, max_bytes: int = MAX_BYTES) -> PipelineReading:
    """Everything a person should know about a pipeline before it is registered.

    Args:
        source: The file's bytes. Never imported, compiled or evaluated.
        filename: Its name as shared; the reading has a safe form of it.
        max_bytes: The largest size that is taken.

    Raises:
        Unreadable: The file cannot be taken; the message says the line, the reason and the remedy.
    """
    text = decoded(source, filename, max_bytes=max_bytes)
    tree = parsed(text)
    try:
        return _read(source, filename, text, tree)
    except RecursionError:
        raise too_deep(text) from None


def _read(source: bytes, filename: str, text: str, tree: ast.Module) -> PipelineReading:
    scope = scope_of(tree)
    flows = flows_found(tree, scope, SourceText.from_text(text))
    if not flows:
        raise no_flow(tree, scope)
    imports = imports_of(tree)
    findings = [
        *side_effects(tree, scope, frozenset(flow.function for flow in flows)),
        *credential_findings(text),
        *(finding for flow in flows for finding in _opaque(flow)),
    ]
    return PipelineReading(
        filename=safe_filename(filename, taken={one.module for one in imports}),
        digest=digest_of(source),
        size=len(source),
        flows=flows,
        tasks=tuple(dict.fromkeys(task_names(tree, scope).values())),
        imports=imports,
        findings=tuple(sorted(findings, key=lambda finding: finding.line)),
    )


def _opaque(flow: FlowFound) -> list[Finding]:
    return [
        Finding(
            kind="opaque-parameter",
            line=flow.line,
            reason=f"{flow.name}, parameter {parameter.name}: {parameter.note}",
            remedy="Give it a plain type and a literal default if its values should be checked before a run.",
        )
        for parameter in flow.parameters
        if parameter.opaque
    ]
