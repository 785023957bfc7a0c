"""Benchmarks that a person runs; ratios measured side by side in one run."""
