"""Prefect as the tools see it: what is asked of it, the adapter that asks, and the tools themselves."""
