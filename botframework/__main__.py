"""`python -m botframework` is the command `botframework`."""

from botframework.cli import main

main()
