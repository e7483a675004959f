"""The benchmarks' command, run with as little as it can do: it works. What it measures is asserted nowhere."""
