"""A mail server that discards what it accepts: `python -m benchmarks.peers.mail_sink PORT`."""

import sys
from threading import Event

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink

if __name__ == "__main__":
    Controller(Sink(), hostname="127.0.0.1", port=int(sys.argv[1])).start()
    Event().wait()  # the controller serves in a thread of its own until this process is ended
