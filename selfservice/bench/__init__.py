"""Benchmarks: what is fast is measured against something else in the same run, never in absolute figures."""
