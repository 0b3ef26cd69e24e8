"""A function imports its own flow only: what others need would only lengthen its cold start."""

import subprocess
import sys

import pytest

from tests.support.aws import World

DRAWING = {"fpdf", "PIL", "fontTools", "qrcode"}
MAILS = {"jinja2"}
SUMUP = {"requests"}
FLOWS = {
    "audit_orders": DRAWING | MAILS | SUMUP,
    "erase_buyers": DRAWING | MAILS | SUMUP,
    "record_email_event": DRAWING | MAILS | SUMUP,
    "refresh_connections": DRAWING | MAILS | SUMUP,
    "scan_orders": DRAWING | MAILS | SUMUP,
    "sumup_webhook": DRAWING | MAILS | SUMUP,
}
"""What a function that needs no secret must not have imported once its flow is built."""
MODULES = {
    "checkout_api": DRAWING | {"jinja2"},
    "connect_organiser": DRAWING | MAILS,
    "deliver_tickets": set[str](),
    "reconcile_payments": DRAWING,
    "verify_payment": DRAWING | MAILS,
}
"""What the others must not have imported with the module of their flow."""
LOADED = """
import sys
import functions.{name}.app
{then}
print(*sorted({{module.partition(".")[0] for module in sys.modules}}))
"""


@pytest.mark.parametrize(("name", "needless"), FLOWS.items(), ids=FLOWS)
def test_a_built_flow_has_loaded_nothing_of_the_others(
    world: World, name: str, needless: set[str]
) -> None:
    del world
    assert (
        not loaded(name, f"from ticketing.bootstrap import services; services().{name}") & needless
    )


@pytest.mark.parametrize(("name", "needless"), MODULES.items(), ids=MODULES)
def test_a_flow_s_module_loads_nothing_of_the_others(name: str, needless: set[str]) -> None:
    assert not loaded(name, f"import ticketing.flows.{name}") & needless


def test_a_function_that_draws_tickets_is_seen_to_load_what_draws_them() -> None:
    then = "import ticketing.flows.draw_tickets"
    assert loaded("deliver_tickets", then) >= DRAWING


def loaded(name: str, then: str) -> set[str]:
    """Return the top-level packages that a process of its own has imported."""
    command = [sys.executable, "-c", LOADED.format(name=name, then=then)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    return set(done.stdout.split())
