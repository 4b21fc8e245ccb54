"""Tests of how guests come in: links, reminders, what is in the way, another address, and membership."""
