"""What Trainmaster costs, measured: `python -m tests.benchmarks` measures and writes `docs/benchmarks.md`.

Why numbers are mostly ratios: seconds belong to a machine, while "twice what the bare engine takes" holds on the next
one too. So each measure runs what we built and the barest thing that could do the same, in one go, on one machine.
Nothing here is asserted by a test: a busy machine must not fail a build. What a measure needs of the product it takes
from outside (timestamps on the wire, processes started as in the Procfile) or from a composition of its own.

    measures/    one module for each thing that is measured
    subjects/    processes that are measured, or compared with
"""
