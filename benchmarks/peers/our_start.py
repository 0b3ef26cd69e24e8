"""A function of ours up to its first event: `python -m benchmarks.peers.our_start scan_orders`.

It imports what its handler imports, and builds flows and clients; only secrets are made up.
"""

import json
import os
import sys
from dataclasses import fields
from importlib import import_module
from typing import Any

SPECIAL = {
    "SUMUP_BASE_URL": "https://api.sumup.com",
    "SUMUP_GATEWAY_URL": "https://gateway.sumup.com",
    "PAYMENT_FORM": "hosted",
    "PUBLIC_URL": "https://tickets.example.com",
    "VERIFY_QUEUE_URL": "https://sqs.example.com/1/verify",
    "DELIVERY_QUEUE_URL": "https://sqs.example.com/1/delivery",
    "TIME_ZONE": "Europe/Jersey",
    "AFTER_REFUND": "void_and_tell",
    "AFTER_CHARGEBACK": "report",
    "AWS_REGION": "eu-west-2",
}
FLOWS = {"checkout_api": ("checkout_api", "order_page"), "deliver_tickets": ("deliver_message",)}


def main(function: str) -> None:
    modules: Any = sys.modules
    modules.update(OpenSSL=None, awscrt=None)  # here for other tools, not on Lambda
    settings = import_module("ticketing.settings").Settings
    made_up = {f.name.upper(): "10" if f.type is int else f.name for f in fields(settings)}
    os.environ.update(made_up | SPECIAL)
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
