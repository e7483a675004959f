"""What RQ calls: decode, call, nothing else."""

from worker import attend as attending
from worker import wiring


def attend(box: str) -> None:
    """Do the next thing in a box."""
    attending.attend(wiring.services(), box)
