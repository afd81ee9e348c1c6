"""`python -m botframework.cli` is the command `botframework`, as torchrun starts it."""

from botframework.cli import main

main()
