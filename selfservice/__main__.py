"""`python -m selfservice`: the same as the console script."""

from selfservice.cli.main import main

main()
