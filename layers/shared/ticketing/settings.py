"""The environment as one frozen dataclass; the only reader of `os.environ`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ticketing.errors import MissingSetting

URL = re.compile(r"https?://\S+")
MONEY_BACK = frozenset({"void_and_tell", "void", "report"})
"""The choices of `AFTER_REFUND` and `AFTER_CHARGEBACK`; see `reconciliation.consequences`."""
LOCAL = "local"
"""The value of `STAGE` for the local stack."""
HOSTED = "hosted"
WIDGET = "widget"
WIDGET_SCRIPT = "/gateway/ecom/card/v2/sdk.js"
"""The path of the card form's script at SumUp's gateway."""


@dataclass(frozen=True)
class Settings:
    """What a deployment decides. Each field is the environment variable with its name."""

    stage: str
    stack_name: str
    aws_region: str
    orders_table: str
    checkouts_table: str
    payments_table: str
    tickets_table: str
    events_table: str
    ticket_types_table: str
    organisers_table: str
    mails_table: str
    audit_table: str
    requests_table: str
    doors_table: str
    admissions_table: str
    verify_queue_url: str
    delivery_queue_url: str
    tickets_bucket: str
    checkouts_function: str
    token_key_id: str
    sumup_secret_id: str
    qr_secret_id: str
    order_link_secret_id: str
    origin_secret_id: str
    sumup_base_url: str
    sumup_gateway_url: str
    payment_form: str
    brand_name: str
    sender_address: str
    mail_configuration_set: str
    alert_address: str
    support_contact: str
    docs_url: str
    public_url: str
    time_zone: str
    delivery_concurrency: int
    mails_per_second: int
    max_orders_per_scan: int
    work_shards: int
    max_age_hours: int
    stuck_after_minutes: int
    hold_minutes: int
    open_orders_per_buyer: int
    unpaid_percent: int
    keep_buyers_days: int
    keep_alerts_days: int
    reminders: str
    after_refund: str
    after_chargeback: str

    @property
    def stuck_after(self) -> timedelta:
        return timedelta(minutes=self.stuck_after_minutes)

    @property
    def hold(self) -> timedelta:
        """How long seats are held for a buyer who does not begin to pay."""
        return timedelta(minutes=self.hold_minutes)

    @property
    def buyers_kept(self) -> timedelta:
        """How long after an event its buyers' data are kept."""
        return timedelta(days=self.keep_buyers_days)

    @property
    def alerts_kept(self) -> timedelta:
        """How long alerts that belong to no order are kept."""
        return timedelta(days=self.keep_alerts_days)

    @property
    def reminds(self) -> bool:
        """Whether buyers are reminded the day before an event."""
        return self.reminders == "true"

    @property
    def payment_window(self) -> timedelta:
        return timedelta(hours=self.max_age_hours)

    @property
    def widget_script(self) -> str | None:
        """The URL of the script of SumUp's card form; None if buyers pay on SumUp's page."""
        if self.payment_form != WIDGET:
            return None
        return self.sumup_gateway_url.rstrip("/") + WIDGET_SCRIPT


def read(environment: Mapping[str, str]) -> Settings:
    """Return the settings in `environment`; `MissingSetting` lists everything that is wrong."""
    values: dict[str, object] = {}
    problems: list[str] = []
    for field in fields(Settings):
        name = field.name.upper()
        raw = environment.get(name, "").strip()
        try:
            values[field.name] = _value(name, raw, field.type)
        except ValueError as problem:
            problems.append(str(problem))
    if problems:
        raise MissingSetting(tuple(problems))
    return Settings(**values)  # type: ignore[arg-type]  # fields and values share their names


def _value(name: str, raw: str, kind: object) -> object:
    if not raw:
        raise ValueError(f"{name} is not set")
    if kind is int:
        return _whole_number(name, raw)
    check = _CHECKS.get(name)
    if check and not check(raw):
        raise ValueError(f"{name} is {raw!r}, which is not valid")
    return raw


def _whole_number(name: str, raw: str) -> int:
    if not raw.isascii() or not raw.isdigit() or not int(raw):
        raise ValueError(f"{name} is {raw!r}, not a whole number above 0")
    return int(raw)


def _is_url(raw: str) -> bool:
    return URL.fullmatch(raw) is not None


def _is_form(raw: str) -> bool:
    return raw in {HOSTED, WIDGET}


def _is_yes_or_no(raw: str) -> bool:
    return raw in {"true", "false"}


def _is_policy(raw: str) -> bool:
    return raw in MONEY_BACK


def _is_zone(raw: str) -> bool:
    """Look up only this zone: listing all zones would add many milliseconds to a cold start."""
    try:
        ZoneInfo(raw)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the last for a folder, as "Europe" is
        return False
    return True


_CHECKS: dict[str, Callable[[str], bool]] = {
    "TIME_ZONE": _is_zone,
    "SUMUP_BASE_URL": _is_url,
    "SUMUP_GATEWAY_URL": _is_url,
    "PAYMENT_FORM": _is_form,
    "REMINDERS": _is_yes_or_no,
    "AFTER_REFUND": _is_policy,
    "AFTER_CHARGEBACK": _is_policy,
    "PUBLIC_URL": _is_url,
    "VERIFY_QUEUE_URL": _is_url,
    "DELIVERY_QUEUE_URL": _is_url,
}
