"""SumUp in this process: it creates, returns, finds and deactivates checkouts."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import responses
from requests import PreparedRequest

from tests.functions.conftest import SUMUP
from ticketing.orders.order import Order

CHECKOUTS = f"{SUMUP}/v0.1/checkouts"
ONE = re.compile(re.escape(CHECKOUTS) + r"/[^/?]+")
KEPT = ("checkout_reference", "amount", "currency", "merchant_code")
Answer = tuple[int, dict[str, str], str]


class SumUp:
    """All checkouts by their ids; nobody ever pays one."""

    def __init__(self) -> None:
        self.checkouts: dict[str, dict[str, Any]] = {}

    def knows(self, order: Order) -> None:
        """Have the checkouts of an order that was stored by hand."""
        for checkout_id in order.checkout_ids:
            self._add(
                checkout_id,
                checkout_reference=order.checkout_reference,
                amount=float(order.total.amount),
                currency=order.total.currency,
                merchant_code=order.merchant_code,
            )

    def create(self, request: PreparedRequest) -> Answer:
        asked = json.loads(request.body or "")
        if self._of(asked["checkout_reference"]):
            return 409, {}, json.dumps({"error_code": "DUPLICATED_CHECKOUT"})
        checkout_id = f"chk-{asked['checkout_reference']}"
        return 201, {}, json.dumps(self._add(checkout_id, **{k: asked[k] for k in KEPT}))

    def find(self, request: PreparedRequest) -> Answer:
        (reference,) = parse_qs(urlsplit(str(request.url)).query)["checkout_reference"]
        return 200, {}, json.dumps(self._of(reference))

    def show(self, request: PreparedRequest) -> Answer:
        found = self.checkouts.get(self._id(request))
        return (200, {}, json.dumps(found)) if found else (404, {}, "{}")

    def deactivate(self, request: PreparedRequest) -> Answer:
        self.checkouts[self._id(request)]["status"] = "EXPIRED"
        return self.show(request)

    def _add(self, checkout_id: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401  # of any field
        made = {
            "id": checkout_id,
            "status": "PENDING",
            "transactions": [],
            "hosted_checkout_url": f"https://pay.sumup.com/{checkout_id}",
            **fields,
        }
        self.checkouts[checkout_id] = made
        return made

    def _of(self, reference: str) -> list[dict[str, Any]]:
        return [c for c in self.checkouts.values() if c["checkout_reference"] == reference]

    @staticmethod
    def _id(request: PreparedRequest) -> str:
        return urlsplit(str(request.url)).path.rpartition("/")[2]


@contextmanager
def answering() -> Iterator[SumUp]:
    """Answer for SumUp as long as the block lasts."""
    sumup = SumUp()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.add_callback(responses.POST, CHECKOUTS, sumup.create)
        mock.add_callback(responses.GET, CHECKOUTS, sumup.find)
        mock.add_callback(responses.GET, ONE, sumup.show)
        mock.add_callback(responses.DELETE, ONE, sumup.deactivate)
        yield sumup
