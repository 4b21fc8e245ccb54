"""What will happen to a request, said before it is sent, by the same code that will decide about it."""
