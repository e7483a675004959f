"""Building blocks for the files that the tests read."""

from tools.pipelines.models import FlowFound, PipelineReading
from tools.pipelines.reading import read


def reading_of(text: str, filename: str = "churn.py") -> PipelineReading:
    """What is read from a file with this text."""
    return read(text.encode(), filename)


def flow_of(text: str) -> FlowFound:
    """The one flow of a file with this text."""
    (found,) = reading_of(text).flows
    return found


WITH_FLOW = "from prefect import flow\n@flow\ndef churn(depth: int = 5): ...\n"
