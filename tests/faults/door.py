"""A door of the deployment: an operator adds devices, and their pages send until they are heard."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from functions.check_in.app import handler as check_in
from tests.faults.deployment import Deployment
from tests.functions.conftest import Context
from tests.support.builders import an_event
from tests.support.phone import Phone
from ticketing import bootstrap
from ticketing.bootstrap.manage_doors import manage_doors
from ticketing.bootstrap.signing import signer
from ticketing.doors.device import Role
from ticketing.flows.manage_doors import NewDoor

OK, TRIES, WAIT_SECONDS = 200, 10, 10


def add_door(event: dict[str, Any], _: Context) -> NewDoor:
    """Do what the commands `qr publish` and `doors add` do."""
    services, event_id = bootstrap.services(), an_event().event_id
    services.events.publish_keys(event_id, signer(services).public_keys(event_id))
    flow = manage_doors(services)
    role, now = Role(event["role"]), datetime.now(UTC)
    return flow.add(event_id, event["gate"], role, now, names_offline=False)


class Gate:
    """A device at a gate, whose page asks again until it has an answer."""

    def __init__(self, shop: Deployment, gate: str, role: Role) -> None:
        self._shop = shop
        asked = {"gate": gate, "role": role.value}
        door = shop.type_until_done("add_door", add_door, asked)
        self.phone = Phone.of(door, self._send, lambda: shop.now)
        self.phone.pair()

    def prepare(self) -> list[list[Any]]:
        """Fetch the list."""
        _, document = self.phone.ask("GET", "/api/door/tickets")
        listed: list[list[Any]] = document["tickets"]
        return listed

    def admit(self, text: str, **changes: Any) -> str:  # noqa: ANN401  # of any field
        """Scan a code; return what became of it."""
        return str(self.phone.admit(text, **changes)["verdict"])

    @property
    def last(self) -> str:
        """The scan that it made last."""
        return f"{self.phone.device_id}#{self.phone.seq:06d}"

    def _send(
        self, method: str, target: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, Any]]:
        """Send a request until it is answered; the same one is good for five minutes."""
        for _ in range(TRIES):
            answer = self._shop.invoke("check_in", check_in, _event(method, target, body, headers))
            if answer is not None and answer["statusCode"] == OK:
                return OK, json.loads(answer["body"])
            self._shop.wait(seconds=WAIT_SECONDS)
        raise AssertionError(f"{target} was never answered: {answer}")


def _event(method: str, target: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    path, _, query = target.partition("?")
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"content-type": "application/json", **headers},
        "requestContext": {"http": {"method": method, "path": path}, "stage": "$default"},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }
