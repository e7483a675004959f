"""Stories: what people do with Trainmaster, played through the local workspace as they would.

Every expectation is a sentence; a story holds only when all of its sentences do.
"""
