"""All measures, in the order in which they are run and shown."""

from tests.benchmarks.measure import Measure
from tests.benchmarks.measures import acceptance, card, cold_start, deciding, hand_over, question, throughput, turn

MEASURES: tuple[Measure, ...] = (
    acceptance.MEASURE,
    hand_over.MEASURE,
    deciding.MEASURE,
    turn.MEASURE,
    question.MEASURE,
    throughput.MEASURE,
    card.MEASURE,
    cold_start.MEASURE,
)
