"""Gemini behind the seam of all models: asked with patience, judged, and never waited for when it is to be stopped.

Why the streaming method although nothing is shown before it is complete: only a stream tells why a question was
refused, and one that grows without end is left in time. Why retries of our own: the client's do not know the server's
hint, cannot be interrupted, and would try again beneath the breaker.
"""
