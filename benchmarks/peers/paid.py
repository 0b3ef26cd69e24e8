"""A payment API that calls everything paid, after a while.

`python -m benchmarks.peers.paid PORT SECONDS`
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT, SECONDS = int(sys.argv[1]), float(sys.argv[2])


class _Paid(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        time.sleep(SECONDS)
        answer = json.dumps({"id": self.path.rpartition("/")[2], "status": "PAID", "amount": 30.0})
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *_: object) -> None:
        """Write nothing: it would be timed."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", PORT), _Paid).serve_forever()
