"""Crossing from one tenant into another: what both sides' settings do to a guest, as pure rules."""
