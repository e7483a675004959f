"""What a machine costs that serves a model, as whoever runs this has it from their contract."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Machine:
    """The price of a type of machine.

    Attributes:
        type: The type, such as `n1-standard-4`.
        hourly: What one costs in an hour.
        currency: In which currency, such as `USD`.
        as_of: The day as of which this holds.
    """

    type: str
    hourly: float
    currency: str
    as_of: date
