"""The rules of crossing from one tenant into another."""
