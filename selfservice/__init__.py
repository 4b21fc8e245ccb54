"""Selfservice: ask for guest access to apps of a partner tenant, and look after the guests that come of it."""
