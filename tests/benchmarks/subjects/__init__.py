"""Processes that are measured, or that measured ones are compared with. Each is run with `python -m`."""
