"""`python -m ticketing`: the commands for operators, against AWS or the local stack."""

import sys

from ticketing.cli import main

sys.exit(main(sys.argv[1:], logs_plainly=True))
