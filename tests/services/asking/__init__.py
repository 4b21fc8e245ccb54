"""Tests of asking: what is asked, of whom, and what stands against it."""
