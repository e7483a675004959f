"""The servers that Trainmaster stands on, and Trainmaster itself, as child processes of one command.

Why child processes and not containers: the demo must run on a machine that has only Python. Why each in a session of
its own: Ctrl-C in a terminal then reaches the demo alone, which stops the children in the reverse order of their
needs. Why every child carries a mark in its environment: Prefect runs and RQ jobs leave their parent's process group,
and whatever outlives a killed demo must still be found at the next start.
"""
