"""A function of ours up to its first event: `python -m benchmarks.peers.our_start scan_orders`.

It imports what its handler imports, and builds flows and clients. Its environment has the settings;
the secrets are made up.
"""

import json
import os
import sys
from importlib import import_module
from typing import Any

FLOWS = {"checkout_api": ("checkout_api", "order_page"), "deliver_tickets": ("deliver_message",)}


def main(function: str) -> None:
    modules: Any = sys.modules
    modules.update(OpenSSL=None, awscrt=None)  # here for other tools, not on Lambda
    import_module(f"functions.{function}.app")
    secrets: Any = import_module("ticketing.adapters.aws.secrets").Secrets
    secrets.text = lambda _, name: _keys(name)
    secrets.fields = lambda _, __, *names: names
    services = import_module("ticketing.bootstrap").services()
    wiring = import_module(f"ticketing.bootstrap.{function}")
    for flow in FLOWS.get(function, (function,)):
        getattr(wiring, flow)(services)


def _keys(name: str) -> str:
    key_id = "a" if name == "order_link_secret_id" else "A"
    return json.dumps({"key_id": key_id, key_id: "only for benchmarks " * 3})


if __name__ == "__main__":
    main(sys.argv[1])
    os._exit(0)  # as the naive worker
