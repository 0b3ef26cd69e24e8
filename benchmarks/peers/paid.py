"""A payment API that says after a delay that everything is paid.

`python -m benchmarks.peers.paid PORT SECONDS`
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT, SECONDS = int(sys.argv[1]), float(sys.argv[2])
MERCHANT = {"currency": "GBP", "merchant_code": "MC0001"}


class _Paid(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer as SumUp does; a checkout's reference is its id."""
        time.sleep(SECONDS)
        asked = self.path.rpartition("/")[2]
        payment = {"id": f"tx-{asked}", "status": "SUCCESSFUL", "amount": 30.0, **MERCHANT}
        answer = json.dumps(
            {
                "id": asked,
                "status": "PAID",
                "amount": 30.0,
                **MERCHANT,
                "checkout_reference": asked,
                "transaction_id": payment["id"],
                "transactions": [payment],
            }
        )
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *_: object) -> None:
        """Write nothing: it would be timed."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", PORT), _Paid).serve_forever()
