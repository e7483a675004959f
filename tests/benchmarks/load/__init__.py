"""Load: the whole product under Slack's documented limits, and what became of every single turn.

Why everything is real but Slack: a fake of our own parts would show the speed of the fake. The product's processes are
started as in the Procfile, on a real Valkey, one Prefect server and one MLflow server; the local workspace enforces
Slack's limits and tells what arrived, by the name that each of our messages carries in its metadata.
"""
