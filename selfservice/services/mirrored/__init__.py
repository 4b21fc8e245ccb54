"""The parts of a directory that are mirrored, each read page by page, each page a transaction of its own."""
