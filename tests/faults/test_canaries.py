"""No secret and nobody's name leaves the shop where it may not, whatever is logged and fails.

Every story is told while calls fail in every way, and while each call in turn is refused with words
that quote the request. Then everything that left is searched.
"""

import contextlib
import importlib
import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests

from functions.connect_organiser.app import handler as connect_organiser
from tests.faults.canaries import (
    ADDRESS,
    NAME,
    PERSONAL,
    TYPED,
    Leaving,
    Quoting,
    collect,
    listening,
    plant_in,
    planted,
)
from tests.faults.deployment import MERCHANT, ORGANISER, Buyer, Deployment, deployed
from tests.faults.plan import Boundary, Fault
from tests.faults.recovery import is_quiet
from tests.faults.stories import STORIES, Story
from tests.functions.conftest import EVENTS, Sample
from tests.support.aws import resources, template
from ticketing.adapters.dynamodb.invitations import Invitations
from ticketing.organisers import invitation as invitations

pytestmark = pytest.mark.faults

ADDRESS_ONLY = frozenset({"buyer's address"})
ALERTS = {
    "Amount Mismatch": PERSONAL,
    "Currency Mismatch": PERSONAL,
    "Merchant Mismatch": PERSONAL,
    "Reference Mismatch": PERSONAL,
    "Checkout Mismatch": PERSONAL,
    "Transaction Mismatch": PERSONAL,
    "Missing Checkout Record": PERSONAL,
    "Payment Not Confirmed": PERSONAL,
    "Payment Without Transaction": PERSONAL,
    "Unknown Payment Status": PERSONAL,
    "Paid And Refunded": PERSONAL,
    "Late Payment": PERSONAL,
    "Late Payment Without Seats": PERSONAL,
    "Sandbox Merchant": PERSONAL,
    "Suspicious Pattern: One Payment For Two Orders": PERSONAL,
    "Suspicious Pattern: Tickets Before Payment": PERSONAL,
    "Suspicious Pattern: Paid Twice": PERSONAL,
    "Suspicious Pattern: Repeated Mismatches": ADDRESS_ONLY,
    "Order Expired": ADDRESS_ONLY,
    "Order Failed": ADDRESS_ONLY,
    "Orders Stuck in Processing": ADDRESS_ONLY,
    "Payment Cannot Be Checked": ADDRESS_ONLY,
    "Email Bounced": ADDRESS_ONLY,
    "Email Marked As Spam": ADDRESS_ONLY,
}
"""Alerts that name the buyer, because somebody has to write to them or compare. No other does."""

ALLOWED = {
    "answer to a buyer": frozenset({"order token"}),
    "mail to the buyer": PERSONAL | {"order token"},
    f"answer {TYPED}": PERSONAL,
    f"error {TYPED}": PERSONAL,
    **{f"alert: {title}": personal for title, personal in ALERTS.items()},
}
CALLS_OF_A_CONSENT = 18
NEVER_AGAIN = 1000
Quote = Callable[[Boundary], bool]
EVERY = 5
"""Calls between two that fail in one telling; together the tellings break every call."""


def tell(story: Story, plan: Quoting, leaving: Leaving, root: int = logging.INFO) -> None:
    """Run a story as far as it gets with these calls broken, then repair and let it settle."""
    told: list[Buyer] = []
    with planted(leaving), deployed(plan) as shop, _keeping(told):
        plant_in(shop, leaving)
        with listening(leaving, root=root):
            with contextlib.suppress(AssertionError):  # a buyer who gives up
                story.tell(shop)
            shop.redeliver()
            plan.heal()
            plan.quotes = nowhere
            for _ in range(4):
                if not is_quiet(shop):
                    shop.redeliver()
            shop.audit()
        collect(shop, plan, leaving, *told)


@contextlib.contextmanager
def _keeping(told: list[Buyer]) -> Iterator[None]:
    made = Buyer.__init__

    def keep(buyer: Buyer, *arguments: object, **named: object) -> None:
        told.append(buyer)
        made(buyer, *arguments, **named)  # type: ignore[arg-type]  # as a buyer is made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Buyer, "__init__", keep)
        yield


def at(position: int, every: int = EVERY) -> Quote:
    return lambda boundary: boundary.number % every == position


def nowhere(_: Boundary) -> bool:
    return False


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_nothing_leaks_when_every_error_echoes_the_request(story: Story) -> None:
    leaving, quoted = Leaving(), 0
    for position in range(EVERY):
        plan = Quoting(at(position))
        tell(story, plan, leaving)
        quoted += plan.quoted

    assert quoted > 20
    assert sorted(leaving.leaks(ALLOWED)) == []


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_nothing_leaks_however_calls_fail(story: Story) -> None:
    leaving = Leaving()
    for position, fault in enumerate(Fault):
        here = at(position)

        def broken(boundary: Boundary, fault: Fault = fault, here: Quote = here) -> Fault | None:
            return fault if here(boundary) else None

        tell(story, Quoting(nowhere, every=broken), leaving)

    assert sorted(leaving.leaks(ALLOWED)) == []


def test_canaries_stand_in_for_every_secret_and_a_leak_is_detected() -> None:
    """With the root logger at DEBUG, which no setting of ours can do, the SDKs would show them."""
    leaving = Leaving()
    tell(STORIES[0], Quoting(nowhere), leaving, root=logging.DEBUG)

    heard = "\n".join(leaving.third_party)
    assert {"buyer's name", "buyer's address", "order token"} <= leaving.secrets.keys()
    for label in ("buyer's name", "buyer's address", "QR master secret"):
        assert leaving.secrets[label] in heard, label
    mails = [text for place, text in leaving.texts if place == "mail to the buyer"]
    assert any(leaving.secrets["order token"] in text for text in mails)
    assert sorted(leaving.leaks(ALLOWED)) == []
    assert leaving.leaks({}), "what is allowed is really there"


def test_nothing_leaks_when_an_organiser_connects(monkeypatch: pytest.MonkeyPatch) -> None:
    """Code, state, verifier and invitation, while each call in turn fails and quotes them."""
    leaving, quoted = Leaving(), 0
    for number in (None, *range(CALLS_OF_A_CONSENT)):
        plan = Quoting(nowhere if number is None else at(number, every=NEVER_AGAIN))
        with planted(leaving), deployed(plan) as shop:
            plant_in(shop, leaving)
            monkeypatch.setenv("PUBLIC_URL", "http://127.0.0.1:9")
            with listening(leaving):
                shown = connect(shop, leaving)
            quoted += plan.quoted
            if number is None:
                assert "Jersey Live" in shown
            collect(shop, plan, leaving)

    assert quoted > 10
    assert {"invitation", "state", "code", "verifier", "browser"} <= leaving.secrets.keys()
    assert sorted(leaving.leaks(ALLOWED)) == []


def connect(shop: Deployment, leaving: Leaving) -> str:
    """Let the organiser open the link, agree at SumUp and come back; return what is shown last."""
    invitation = invitations.new_word()
    leaving.secrets["invitation"] = invitation
    with shop.plan.running(""):
        Invitations().invite(invitations.invitation_key(invitation), ORGANISER, shop.now)
    sent = visit(shop, f"/api/organisers/{ORGANISER}/connect", {"invitation": invitation})
    if not sent or sent["statusCode"] != 302:
        return ""
    address = urlsplit(sent["headers"]["Location"])
    asked = dict(parse_qsl(address.query))
    leaving.secrets["state"] = asked["state"]
    rows = [row for row in shop.rows("RequestsTable") if row.get("kind") == "sign_in"]
    leaving.secrets["verifier"] = json.loads(rows[-1]["payload"])["verifier"]
    form = asked | {"decision": "approve", "merchant_code": MERCHANT}
    url = f"{address.scheme}://{address.netloc}{address.path}"
    agreed = requests.post(url, data=form, allow_redirects=False, timeout=5)
    assert agreed.status_code == 303, agreed.text
    back = dict(parse_qsl(urlsplit(agreed.headers["Location"]).query))
    leaving.secrets["code"] = back["code"]
    (cookie,) = sent["cookies"]
    name, _, browser = cookie.partition(";")[0].partition("=")
    leaving.secrets["browser"] = browser
    shown = visit(shop, "/api/organisers/callback", back, f"{name}={browser}")
    leaving.put("page for an organiser", shown["body"] if shown else "")
    return str(shown["body"]) if shown else ""


def visit(
    shop: Deployment, path: str, query: dict[str, str], *cookies: str
) -> dict[str, Any] | None:
    event = deepcopy(Sample.load("connect_organiser.begin").event)
    event["rawPath"] = event["requestContext"]["http"]["path"] = path
    event["rawQueryString"], event["queryStringParameters"] = urlencode(query), query
    event["cookies"] = list(cookies)
    answer: dict[str, Any] | None = shop.invoke("connect_organiser", connect_organiser, event)
    return answer


@pytest.mark.parametrize("quoting", [False, True])
def test_nothing_leaks_from_any_sample_event(quoting: bool) -> None:  # noqa: FBT001  # a case of a table
    """Each sample has canaries in place of its names, addresses, tokens and keys."""
    leaving = Leaving()
    for path in sorted(EVENTS.glob("*.json")):
        function = path.name.partition(".")[0]
        app = importlib.import_module(f"functions.{function}.app")
        plan = Quoting(at(0, every=1) if quoting else nowhere)
        with planted(leaving), deployed(plan) as shop:
            plant_in(shop, leaving)
            event = with_canaries(path.read_text(), leaving)
            with listening(leaving):
                shop.invoke(function, app.handler, event)
            collect(shop, plan, leaving)

    assert {"a header", "a query", "buyer's name", "buyer's address"} <= leaving.secrets.keys()
    assert sorted(leaving.leaks(ALLOWED)) == []


def with_canaries(text: str, leaving: Leaving) -> dict[str, Any]:
    """Return a sample event with everything private replaced."""
    event: dict[str, Any] = json.loads(
        text.replace("Jane Doe", NAME).replace("jane@example.com", ADDRESS)
    )
    for name, value in list(event.get("headers", {}).items()):
        if name in {"x-order-token", "idempotency-key"}:
            event["headers"][name] = leaving.secrets["a header"] = f"canary-{len(value)}-header-9f2"
    query = event.get("queryStringParameters") or {}
    for name in query:
        query[name] = leaving.secrets["a query"] = "CanaryQueryWordXXXXXXX"
    if query:
        event["rawQueryString"] = urlencode(query)
    return event


# ------------------------------------------------- why the SDKs' own DEBUG lines cannot leave

SPEAKERS = {"POWERTOOLS_DEBUG", "POWERTOOLS_LOGGER_LOG_EVENT", "AWS_LAMBDA_LOG_LEVEL", "BOTO_LOG"}
SWITCHES = re.compile(
    r"basicConfig|set_stream_logger|dictConfig|set_package_logger|http\.client\.HTTPConnection"
    r"|getLogger\(\)|\blog_event\b"
)


def test_no_setting_enables_third_party_loggers() -> None:
    variables = template()["Globals"]["Function"]["Environment"]["Variables"]
    for function in resources("AWS::Serverless::Function").values():
        variables = variables | function.get("Environment", {}).get("Variables", {})
    assert SPEAKERS.isdisjoint(variables)


def test_our_code_never_enables_third_party_loggers() -> None:
    root = Path(__file__).parents[2]
    for file in [*root.glob("functions/**/*.py"), *root.glob("layers/shared/**/*.py")]:
        assert not SWITCHES.search(file.read_text()), file


@pytest.mark.parametrize(
    ("level", "ours"), [("DEBUG", "DEBUG"), ("INFO", "INFO"), (None, "INFO")], ids=str
)
def test_the_log_level_is_that_of_our_own_logger_only(level: str | None, ours: str) -> None:
    """Runs in its own process, begun as Lambda begins one with this `ApplicationLogLevel`."""
    code = (
        "import logging; logging.getLogger().setLevel(logging.DEBUG)\n"
        "import functions.verify_payment.app, functions.deliver_tickets.app\n"
        "import functions.checkout_api.app, functions.connect_organiser.app\n"
        "from ticketing.observability import logger\n"
        "names = [n for n in logging.root.manager.loggerDict\n"
        "         if logging.getLogger(n).getEffectiveLevel() < logging.WARNING]\n"
        "print(names, logging.getLevelName(logger.log_level))\n"
    )
    announced = {"AWS_LAMBDA_LOG_LEVEL": level} if level else {}
    ran = subprocess.run(  # noqa: S603  # our own Python
        [sys.executable, "-c", code],
        env=os.environ | announced,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == f"['ticketing'] {ours}"


ACCESS_LOG = {
    "requestId", "requestTimeEpoch", "httpMethod", "routeKey", "status", "responseLength",
    "responseLatency", "integrationLatency", "integration.integrationStatus", "integration.error",
}  # fmt: skip


def test_the_access_log_contains_no_buyer_and_no_token() -> None:
    (stage,) = resources("AWS::ApiGatewayV2::Stage").values()
    found = set(re.findall(r"\$context\.([A-Za-z.]+)", stage["AccessLogSettings"]["Format"]))

    assert found == ACCESS_LOG, "neither address, path nor query: they name buyers and open orders"
