"""What the benchmarks make of their numbers. The numbers themselves are asserted nowhere."""
