"""Wiring: a complete environment builds every flow; an incomplete one names what is missing."""

import gc
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from tests.support.aws import REGION, World, a_world, forbid_network
from ticketing import USUAL_THRESHOLDS, bootstrap
from ticketing.adapters.aws.archive import Archive
from ticketing.adapters.dynamodb import models
from ticketing.adapters.dynamodb.models import connection
from ticketing.bootstrap import Services, at_start, services
from ticketing.bootstrap.deliver_tickets import deliver_tickets
from ticketing.bootstrap.refresh_connections import refresh_connections
from ticketing.bootstrap.scan_orders import scan_orders
from ticketing.bootstrap.shared import REGIONAL
from ticketing.bootstrap.verify_payment import verify_payment
from ticketing.errors import MissingSetting
from ticketing.settings import Settings, read

NAMES = [field.name.upper() for field in fields(Settings)]
NONSENSE = [
    ("TIME_ZONE", "Jersey"),
    ("TIME_ZONE", "../../etc/passwd"),
    ("PUBLIC_URL", "tickets.example.com"),
    ("SUMUP_BASE_URL", "ftp://api.sumup.com"),
    ("VERIFY_QUEUE_URL", "tickets-verify"),
    ("DELIVERY_QUEUE_URL", "tickets-delivery"),
    ("MAX_ORDERS_PER_SCAN", "0"),
    ("MAX_ORDERS_PER_SCAN", "-1"),
    ("MAX_ORDERS_PER_SCAN", "many"),
    ("MAX_AGE_HOURS", "1.5"),
    ("STUCK_AFTER_MINUTES", "٣"),
    ("ORDERS_TABLE", "  "),
]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    forbid_network(monkeypatch)
    with a_world(monkeypatch) as made:
        yield made


def test_the_template_sets_the_complete_environment(world: World) -> None:
    settings = services().settings

    assert settings.orders_table == world.ref["OrdersTable"]
    assert settings.public_url == "https://tickets.example.com"


def test_a_link_to_tickets_names_the_region_of_the_bucket(world: World) -> None:
    """A new bucket redirects from S3's global address to this one, and a signature is for one."""
    link = urlsplit(services().archive.link("tickets/5/X/X.pdf", "X.pdf", 300))

    assert link.hostname == f"{world.ref['TicketsBucket']}.s3.{REGION}.amazonaws.com"
    assert "X-Amz-Signature" in parse_qs(link.query)


def test_a_link_to_tickets_leads_to_the_local_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    client = boto3.Session("anid", "a-secret", region_name=REGION).client("s3", config=REGIONAL)

    link = Archive(client, "tickets").link("tickets/5/X/X.pdf", "X.pdf", 300)

    assert link.startswith("http://127.0.0.1:4566/tickets/tickets/5/X/X.pdf?")


@pytest.mark.parametrize(
    "build", [scan_orders, verify_payment, deliver_tickets, refresh_connections]
)
def test_a_flow_is_built_once(world: World, build: Callable[[Services], object]) -> None:
    world.fill_in_the_application()

    assert build(services()) is build(services())


@pytest.mark.parametrize("build", [scan_orders, deliver_tickets, refresh_connections])
def test_a_flow_needs_only_the_settings_it_uses(
    world: World, build: Callable[[Services], object]
) -> None:
    """Without SumUp's secret the scan, the deliveries and the nightly refresh still work."""
    assert build(services())
    assert world.wire.count("GetSecretValue") == (build is deliver_tickets)


def test_payments_cannot_be_verified_without_oauth_credentials(world: World) -> None:
    with pytest.raises(MissingSetting, match=world.ref["SumUpSecret"].rpartition(":")[2]):
        verify_payment(services())


def test_building_services_opens_no_connection(world: World) -> None:
    scan_orders(services())

    assert world.wire.calls == []


def test_the_threads_of_a_batch_share_one_client_for_all_tables(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan_orders(services())
    assert world.wire.calls == []

    def refuse(*_: object) -> None:
        raise AssertionError("each thread would make a session, a client and connections")

    monkeypatch.setattr("pynamodb.connection.base.get_session", refuse)
    with ThreadPoolExecutor(10) as threads:
        clients = list(threads.map(lambda _: connection().client, range(10)))
    tables = [model._get_connection().connection for model in models.TABLES.values()]

    assert len(set(map(id, clients))) == 1
    assert len(set(map(id, [*tables, connection()]))) == 1


def test_services_are_built_once_per_process(world: World) -> None:
    assert services() is services()
    assert services().settings.tickets_bucket == world.ref["TicketsBucket"]


def test_a_mail_is_sent_in_one_attempt(world: World) -> None:
    mailer = deliver_tickets(services()).mailer

    retries = mailer._client.meta.config.retries  # type: ignore[attr-defined]
    assert retries["total_max_attempts"] == 1
    assert world.wire.count("SendEmail") == 0


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_setting_is_named(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.delenv(name)

    with pytest.raises(MissingSetting) as caught:
        services()

    assert caught.value.problems == (f"{name} is not set",)
    assert world.wire.calls == []


def test_all_missing_settings_are_named_in_one_error() -> None:
    with pytest.raises(MissingSetting) as caught:
        read({})

    assert caught.value.problems == tuple(f"{name} is not set" for name in NAMES)


@pytest.mark.parametrize(("name", "value"), NONSENSE)
def test_an_invalid_setting_is_named(world: World, name: str, value: str) -> None:
    with pytest.raises(MissingSetting) as caught:
        Services(read(world.environment | {"AWS_REGION": "eu-west-2", name: value}))

    (problem,) = caught.value.problems
    assert problem.startswith(f"{name} is ")


def test_the_audit_trail_names_the_function(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "tickets-VerifyPaymentFunction-1A2B")

    assert bootstrap.services().orders._by == "tickets-VerifyPaymentFunction-1A2B"
    assert world.wire.calls == []


@pytest.fixture
def on_lambda(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Have a process that Lambda starts; return what is done to the garbage collector."""
    done: list[str] = []
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "tickets-ScanOrdersFunction-1A2B")
    monkeypatch.setattr(gc, "freeze", lambda: done.append("freeze"))
    before = gc.get_threshold()
    yield done
    gc.set_threshold(*before)


@pytest.mark.usefixtures("world")
def test_a_function_has_its_flows_before_its_first_event(on_lambda: list[str]) -> None:
    at_start(scan_orders, deliver_tickets)

    assert services.cache_info().currsize == 1
    built = len(services().built)
    scan_orders(services()), deliver_tickets(services())
    assert built == len(services().built) == 2
    assert on_lambda == ["freeze"]
    assert gc.get_threshold() == USUAL_THRESHOLDS
    assert gc.isenabled()


@pytest.mark.usefixtures("world")
def test_what_cannot_be_built_at_the_start_is_for_the_first_event_to_report(
    on_lambda: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ORDERS_TABLE")

    at_start(scan_orders)

    assert on_lambda == ["freeze"]
    with pytest.raises(MissingSetting):
        scan_orders(services())


@pytest.mark.usefixtures("world")
def test_elsewhere_nothing_is_built_before_it_is_used() -> None:
    at_start(scan_orders)

    assert services.cache_info().currsize == 0


def test_a_start_does_not_look_for_garbage() -> None:
    program = "import ticketing, gc; print(gc.get_threshold()[0], gc.isenabled())"
    done = subprocess.run(  # noqa: S603 - our own Python
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["500000", "True"]
