"""The pages: each route takes the shape of the input, calls one use case, and gives one answer."""
