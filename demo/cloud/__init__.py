"""A Google Cloud on this machine: buckets as the real client sees them, for people without a project, and for tests.

It speaks the protocols that the real clients speak and refuses what Google refuses: a generation that is another one by
now, a signature that is wrong or too old. What no tool of ours asks for is not there, and answered with 501.
"""
