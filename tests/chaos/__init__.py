"""Attacks on the path of a turn and of a run: `python -m tests.chaos` plays each scenario many times and counts.

Nothing in the product knows of it. Faults come from outside: signals, TCP proxies in front of Valkey, Prefect, MLflow
and the workspace, the workspace's own knobs, another clock, a limit on a file's size. A scenario says what happens and
what is promised all the same; what was lost, doubled or told out of order is read off what people saw in the workspace
and off the runs that Prefect has.
"""
