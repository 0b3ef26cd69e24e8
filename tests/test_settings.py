"""The environment: read once and completely, and refused with a list of every problem."""

from dataclasses import fields
from datetime import timedelta

import pytest

from ticketing import settings
from ticketing.errors import MissingSetting
from ticketing.settings import Settings

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
    "DELIVERY_CONCURRENCY": "2",
    "MAILS_PER_SECOND": "14",
    "MAX_ORDERS_PER_SCAN": "20",
    "WORK_SHARDS": "1",
    "MAX_AGE_HOURS": "2",
    "HOLD_MINUTES": "20",
    "OPEN_ORDERS_PER_BUYER": "3",
    "UNPAID_PERCENT": "50",
    "STUCK_AFTER_MINUTES": "30",
    "KEEP_BUYERS_DAYS": "180",
    "KEEP_ALERTS_DAYS": "90",
    "REMINDERS": "true",
}
NAMES = [field.name.upper() for field in fields(Settings)]
COMPLETE = dict.fromkeys(NAMES, "something") | SPECIAL


def test_a_complete_environment_is_read_with_numbers_as_durations() -> None:
    found = settings.read(COMPLETE | {"UNKNOWN": "is ignored"})

    assert found.max_orders_per_scan == 20
    assert found.stuck_after == timedelta(minutes=30)
    assert found.payment_window == timedelta(hours=2)
    assert (found.buyers_kept, found.alerts_kept) == (timedelta(days=180), timedelta(days=90))
    assert found.sumup_base_url == "https://api.sumup.com"


def test_there_is_a_script_only_if_buyers_pay_on_our_own_pages() -> None:
    assert settings.read(COMPLETE).widget_script is None

    for address in ("https://gateway.sumup.com", "https://gateway.sumup.com/"):
        chosen = {"PAYMENT_FORM": "widget", "SUMUP_GATEWAY_URL": address}
        script = settings.read(COMPLETE | chosen).widget_script
        assert script == "https://gateway.sumup.com/gateway/ecom/card/v2/sdk.js"


def test_whitespace_around_a_value_is_stripped() -> None:
    assert settings.read(COMPLETE | {"BRAND_NAME": "  JerseyEvents "}).brand_name == "JerseyEvents"


@pytest.mark.parametrize("name", NAMES)
def test_each_setting_is_required(name: str) -> None:
    without = {key: value for key, value in COMPLETE.items() if key != name}

    for environment in (without, without | {name: ""}, without | {name: "  "}):
        with pytest.raises(MissingSetting) as refused:
            settings.read(environment)
        assert refused.value.problems == (f"{name} is not set",)


INVALID = [
    ("TIME_ZONE", "Jersey"),
    ("TIME_ZONE", "../../etc/passwd"),
    ("SUMUP_BASE_URL", "api.sumup.com"),
    ("SUMUP_BASE_URL", "ftp://api.sumup.com"),
    ("SUMUP_GATEWAY_URL", "gateway.sumup.com"),
    ("PAYMENT_FORM", "Widget"),
    ("PAYMENT_FORM", "both"),
    ("PUBLIC_URL", "https://"),
    ("VERIFY_QUEUE_URL", "verify"),
    ("DELIVERY_QUEUE_URL", "https://sqs.example.com/a b"),
    ("MAX_ORDERS_PER_SCAN", "0"),
    ("MAX_ORDERS_PER_SCAN", "-1"),
    ("MAX_AGE_HOURS", "2.5"),
    ("MAX_AGE_HOURS", "two"),
    ("STUCK_AFTER_MINUTES", "³"),
]


@pytest.mark.parametrize(("name", "value"), INVALID)
def test_invalid_values_are_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(MissingSetting) as refused:
        settings.read(COMPLETE | {name: value})

    (problem,) = refused.value.problems
    assert problem.startswith(f"{name} is ")


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(MissingSetting) as refused:
        settings.read({})

    assert len(refused.value.problems) == len(NAMES)
    assert "ORDERS_TABLE is not set; " in str(refused.value)
