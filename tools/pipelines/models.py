"""What reading a pipeline file gives: frozen values that a card can be drawn from and JSON can carry."""

from datetime import datetime
from typing import Literal

from tools.spec import JSONDict, Result

ImportKind = Literal["standard", "present", "missing", "unknown"]
FindingKind = Literal["import-side-effect", "credential", "main-block", "opaque-parameter"]


class Parameter(Result):
    """One parameter of a flow.

    Attributes:
        name: Its name.
        type: Its annotation as written; empty when there is none.
        required: Whether a run must give it.
        default: The default's source text; empty when there is none. At most 200 characters, credentials left out.
        opaque: Whether its type or default could not be read without running the file.
        note: What a person should know about it; empty for most.
    """

    name: str
    type: str = ""
    required: bool = False
    default: str = ""
    opaque: bool = False
    note: str = ""


class FlowFound(Result):
    """A function of the file that Prefect can run.

    Attributes:
        name: The flow's name in Prefect.
        function: The name to use in an entrypoint, after the colon.
        line: The line of its `def`.
        is_async: Whether it is an `async def`.
        description: Its description or docstring; at most 2,000 characters.
        parameters: Its parameters in order.
        parameter_schema: The JSON Schema of its parameters, as Prefect itself would make it.
        tasks: Names of the tasks it calls, in the order of the calls, each once.
    """

    name: str
    function: str
    line: int
    is_async: bool = False
    description: str = ""
    parameters: tuple[Parameter, ...] = ()
    parameter_schema: JSONDict
    tasks: tuple[str, ...] = ()


class Import(Result):
    """A top-level module that the file imports.

    Attributes:
        module: The module's top-level name; with leading dots when the import is relative.
        kind: `standard` (Python's own), `present` or `missing` in the pool's environment, or `unknown`.
        line: The first line that imports it.
    """

    module: str
    kind: ImportKind
    line: int


class Finding(Result):
    """Something in the file that a person should know before running it.

    Attributes:
        kind: What sort of thing it is.
        line: Where.
        reason: What was found. Never holds the value of a credential.
        remedy: What to do about it.
    """

    kind: FindingKind
    line: int
    reason: str
    remedy: str


class PipelineReading(Result):
    """A pipeline file, read and not run.

    Attributes:
        filename: A plain file name that is safe in an entrypoint: letters, digits and `_`, then `.py`.
        digest: SHA-256 of the bytes, in hexadecimal.
        size: Bytes.
        flows: The flows in the order of the file; at least one.
        tasks: Names of all tasks that the file defines, in the order of the file.
        imports: The top-level modules it imports, in the order of the file.
        findings: Warnings, in the order of lines.
    """

    filename: str
    digest: str
    size: int
    flows: tuple[FlowFound, ...]
    tasks: tuple[str, ...] = ()
    imports: tuple[Import, ...] = ()
    findings: tuple[Finding, ...] = ()


class PoolEnvironment(Result):
    """What a work pool's environment can import, as a run on that pool found it.

    Attributes:
        modules: Top-level names of the modules there.
        complete: Whether `modules` is all of them; when not, a module that is not among them may still be there.
        python: The Python version there, such as `3.11.7`.
        as_of: When it was found out (timezone-aware).
    """

    modules: frozenset[str]
    complete: bool = True
    python: str
    as_of: datetime
