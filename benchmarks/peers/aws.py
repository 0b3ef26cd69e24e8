"""AWS for one worker: moto behind HTTP, in a process of its own, whose time does not count.

`python -m benchmarks.peers.aws PORT SUMUP ORDERS` makes the template's resources, and a shop whose
orders are paid at the SumUp of that address. Then it prints the functions' environment and the
orders' numbers as a line of JSON, and serves.
"""

import json
import re
import sys
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from moto.core.models import botocore_stubber

from tests.support.aws import REGION, World, a_world, client
from tests.support.builders import a_line, an_event, an_order
from tests.support.stored import sell, store
from ticketing.adapters.aws.kms import TokenCipher
from ticketing.adapters.dynamodb.events import EventTable
from ticketing.adapters.dynamodb.models import OrganiserRow
from ticketing.bootstrap import services
from ticketing.bootstrap.signing import signer
from ticketing.orders.order import Customer
from ticketing.organisers.organiser import Connection

SIGNED_FOR = re.compile(r"Credential=[^/]+/\d+/[^/]+/([a-z0-9-]+)/aws4_request")
HOSTS = {"ses": "email"}
"""Services whose name in signatures is not that of their host."""

TICKETS = 2
PLENTY = 10_000


class _Moto(BaseHTTPRequestHandler):
    """Answers a request as moto answers it inside a process."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    one_at_a_time = threading.Lock()

    def answer(self) -> None:
        signed = SIGNED_FOR.search(self.headers["Authorization"])
        service = signed[1] if signed else "unsigned"
        headers = HTTPHeaders()
        for name, value in self.headers.items():
            headers[name] = value
        request = AWSPreparedRequest(
            method=self.command,
            url=f"https://{HOSTS.get(service, service)}.{REGION}.amazonaws.com{self.path}",
            headers=headers,
            body=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
            stream_output=False,
        )
        with self.one_at_a_time:
            answered = botocore_stubber.process_request(request)
        status, answered_headers, body = answered or (501, {}, "")
        content = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in answered_headers.items():
            if name.lower() not in {"content-length", "server", "date"}:
                self.send_header(name, str(value))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = answer  # noqa: N815 - as http.server calls them

    def log_message(self, *_: object) -> None:
        """Write nothing."""


def open_shop(world: World, orders: int) -> list[str]:
    """Put an event on sale and sell tickets of it; return the orders' numbers."""
    now = datetime.now(UTC)
    event = an_event(starts_at=now + timedelta(days=30))
    world.fill_in_the_application()
    world.verify_sender()
    sell(available=PLENTY, event=event)
    seal = TokenCipher(client("kms"), world.environment["TOKEN_KEY_ID"]).sealer(event.organiser_id)
    OrganiserRow(
        event.organiser_id,
        name="Jersey Live Ltd",
        merchant_code="MC0001",
        currency="GBP",
        connection=Connection.CONNECTED,
        access_token=seal("at-2f6d1b"),
        access_expires_at=now + timedelta(hours=12),
        refresh_token=seal("rt-2f6d1b"),
        refresh_issued_at=now,
        refreshed_at=now,
    ).save()
    EventTable().publish_keys(event.event_id, signer(services()).public_keys(event.event_id))
    numbers = [f"ORD-{number:06d}" for number in range(orders)]
    for number in numbers:
        order = an_order(
            order_number=number,
            created_at=now,
            deadline=now + timedelta(hours=2),
            customer=Customer("Žofie Dvořáková", f"{number.lower()}@example.com"),
            lines=(a_line(quantity=TICKETS),),
            checkout_reference=number,
            checkout_ids=(number,),
            event_starts_at=event.starts_at,
        )
        store(order)
    return numbers


def main(port: int, sumup: str, orders: int) -> None:
    with pytest.MonkeyPatch.context() as patch, a_world(patch) as world:
        numbers = open_shop(world, orders)
        environment: dict[str, Any] = {
            **world.environment,
            "SUMUP_BASE_URL": sumup,
            "MAILS_PER_SECOND": str(PLENTY),
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "anid",
            "AWS_SECRET_ACCESS_KEY": "a-secret",
        }
        print(json.dumps({"environment": environment, "orders": numbers}), flush=True)
        ThreadingHTTPServer(("127.0.0.1", port), _Moto).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
