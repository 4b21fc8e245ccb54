"""Approver rules: what they may ask, what comes of them, and how the one that decides is found and explained."""
