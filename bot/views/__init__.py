"""Block Kit, drawn by pure functions: frozen inputs in, a `View` out; no I/O, no clock."""
