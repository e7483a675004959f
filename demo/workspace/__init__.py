"""A Slack on this machine: Web API, Socket Mode and signed HTTP events as the SDKs call them, and the state behind.

Why its own and not a published emulator: those send each envelope to every connection, know neither files nor
limits, or answer only POST, and none can drop an acknowledgement or a connection on purpose. What is not built
answers `unknown_method`, as Slack does where a feature is not switched on.
"""
