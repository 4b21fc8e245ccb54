"""The routes, one module for each journey."""
