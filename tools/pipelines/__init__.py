"""Pipelines as people share them: Python files with Prefect flows.

A shared file is somebody else's code. It is read here (`reading`), kept by its digest (`store`), compared (`diff`), and
run only by a Prefect worker that holds none of our secrets, which fetches it with what lies in `pool/`.
"""
