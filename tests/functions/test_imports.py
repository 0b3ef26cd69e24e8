"""A cold start imports only what its function needs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.aws import REGION, a_world, forbid_network

ROOT = Path(__file__).parents[2]
FUNCTIONS = sorted(path.parent.name for path in (ROOT / "functions").glob("*/app.py"))

PDF = {"fpdf", "fontTools", "PIL", "qrcode", "uharfbuzz"}
MAIL = {"babel", "jinja2"}
HTTP = {"pydantic", "requests"}
OTHERS = {"boto3", "cryptography", "icalendar", "s3transfer"}
ALL = PDF | MAIL | HTTP | OTHERS

NEEDED: dict[str, set[str]] = {
    "audit_orders": {"cryptography"},  # checks every signature's form
    "check_in": {"cryptography", "pydantic"},
    "check_origin": set(),
    "checkout_api": {"babel", "cryptography", "pydantic"},
    "connect_organiser": {"cryptography", "requests"},
    "deliver_tickets": PDF | MAIL | {"cryptography"},  # fpdf can sign
    "draw_phone_tickets": PDF | {"babel", "cryptography", "pydantic"},
    "erase_buyers": set(),
    "manage_checkouts": HTTP | {"cryptography"},  # opens tokens
    "reconcile_payments": {"cryptography", "jinja2", "requests"},  # its report is HTML
    "record_email_event": set(),
    "refresh_connections": {"requests"},
    "remind_buyers": set(),
    "scan_orders": set(),
    "sumup_webhook": set(),
    "verify_payment": {"cryptography", "requests"},
}
"""What each function has loaded of these before its first event."""

PROBE = """
import importlib, json, os, sys
sys.modules.update(OpenSSL=None, awscrt=None)  # here for other tools, not on Lambda
import aws_lambda_powertools, pynamodb.models

from ticketing.adapters.aws.secrets import Secrets
def keys(secret_id):
    key_id = "a" if "OrderLink" in secret_id else "A"
    return json.dumps({"key_id": key_id, key_id: "only for tests " * 4})
Secrets.text = lambda self, secret_id: keys(secret_id)
Secrets.fields = lambda self, secret_id, *names: names

def build(name):
    importlib.import_module(f"functions.{name}.app")
    from ticketing.bootstrap import services
    wiring = sys.modules[f"ticketing.bootstrap.{name}"]
    getattr(wiring, name)(services())
    if name == "checkout_api":
        wiring.order_page(services())

for name in sys.argv[1:]:
    reader, writer = os.pipe()
    if not os.fork():
        build(name)
        os.write(writer, json.dumps(sorted({m.partition(".")[0] for m in sys.modules})).encode())
        os._exit(0)
    os.close(writer)
    with open(reader) as loaded:
        print(name, loaded.read() or "failed", flush=True)
    os.wait()
"""
"""Builds each function's flows as its handler does, each in a fork of one process."""


@pytest.fixture(scope="module")
def loaded() -> dict[str, set[str]]:
    """The packages that each function has loaded."""
    with pytest.MonkeyPatch.context() as patch:
        forbid_network(patch)
        with a_world(patch) as world:
            environment = world.environment
    run = subprocess.run(  # noqa: S603  # a fixed command
        [sys.executable, "-c", PROBE, *FUNCTIONS],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "AWS_REGION": REGION, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = dict(line.split(" ", 1) for line in run.stdout.splitlines())
    assert "failed" not in lines.values(), run.stderr
    return {name: set(json.loads(packages)) for name, packages in lines.items()}


def test_every_function_is_listed() -> None:
    assert sorted(NEEDED) == FUNCTIONS


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_imports_only_what_it_needs(loaded: dict[str, set[str]], name: str) -> None:
    assert loaded[name] & ALL == NEEDED[name]
