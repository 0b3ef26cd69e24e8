"""What SumUp answers: checkouts, transactions, merchants and tokens in their wire shapes."""

from datetime import UTC, datetime

from local.sumup.exact_json import JsonObject
from local.sumup.grants import Tokens
from local.sumup.history import Entry, Page
from local.sumup.merchants import Merchant
from local.sumup.payments import Checkout, Movement, MovementKind, Transaction
from local.sumup.payouts import PAYOUT_DELAY, Payout


def checkout(found: Checkout, now: datetime, base_url: str) -> JsonObject:
    """A checkout as GET by id shows it, falsified where a test asked for it."""
    body = _present(
        checkout_reference=found.reference,
        amount=found.amount,
        currency=found.currency,
        merchant_code=found.merchant.code,
        merchant_country=found.merchant.country,
        merchant_name=found.merchant.name,
        merchant_sandbox=found.merchant.sandbox or None,
        pay_to_email=_email(found.merchant),
        description=found.description,
        return_url=found.return_url,
        redirect_url=found.redirect_url,
        id=found.id,
        status=found.status(now).value,
        date=_offset(found.created),
        valid_until=_offset(found.valid_until) if found.valid_until else None,
        customer_id=found.customer_id,
        purpose=found.purpose,
    )
    body |= _hosted(found, base_url) | _paid(found)
    body["transactions"] = [attempt(one) for one in found.attempts]
    shown = body | found.altered
    return {name: value for name, value in shown.items() if name not in found.hidden}


def listed_checkout(found: Checkout, now: datetime, base_url: str) -> JsonObject:
    """A checkout as the list shows it: without `transactions` while there are none."""
    body = checkout(found, now, base_url)
    if not body.get("transactions", True):
        del body["transactions"]
    return body


def attempt(found: Transaction) -> JsonObject:
    """A transaction as it appears inside its checkout."""
    return {
        "id": found.id,
        "transaction_code": found.code,
        "merchant_code": found.merchant_code,
        "amount": found.amount,
        "vat_amount": 0,
        "tip_amount": 0,
        "currency": found.currency,
        "timestamp": _zulu(found.created),
        "status": found.status.value,
        "payment_type": found.payment_type,
        "entry_mode": found.entry_mode,
        "installments_count": 1,
        "auth_code": found.auth_code,
        "internal_id": found.number,
    }


def transaction(found: Transaction, merchant: Merchant) -> JsonObject:
    """A transaction in full. A refund shows in its events only; the status stays SUCCESSFUL."""
    details = _present(
        product_summary=found.description,
        foreign_transaction_id=found.reference or None,
        client_transaction_id=found.client_id,
        username=_email(merchant),
        payouts_total=1,
        payouts_received=0,
        payout_plan="SINGLE_PAYMENT",
        local_time=_offset(found.created),
        simple_payment_type="CARD",
        simple_status="CHARGEBACK" if found.charged_back else found.status.value,
        verification_method="na",
        card={"last_4_digits": found.last_digits, "type": found.scheme},
        transaction_events=_events(found),
        links=[],
    )
    return attempt(found) | details


def history(page: Page, merchant: Merchant) -> JsonObject:
    """One page of the history; `links` names the next one, if there is one."""
    links = [{"rel": "next", "href": page.following}] if page.following else []
    return {"items": [_history_item(entry, merchant) for entry in page.entries], "links": links}


def payout(found: Payout) -> JsonObject:
    """One record of the list of payouts: a sale paid out, or what was kept back for one."""
    return {
        "id": found.number,
        "type": found.kind,
        "amount": found.amount,
        "date": found.on.isoformat(),
        "currency": found.transaction.currency,
        "fee": found.fee,
        "status": "SUCCESSFUL",
        "reference": f"payout-{found.on.isoformat()}",
        "transaction_code": found.transaction.code,
    }


def merchant(found: Merchant) -> JsonObject:
    """A merchant account."""
    return {
        "merchant_code": found.code,
        "organization_id": f"O{found.code}",
        "business_type": "sole_trader",
        "company": {
            "name": found.name,
            "merchant_category_code": "7922",
            "address": {"country": found.country},
        },
        "business_profile": {"name": found.name, "email": _email(found)},
        "country": found.country,
        "default_currency": found.currency,
        "default_locale": f"en-{found.country}",
        "sandbox": found.sandbox,
        "created_at": _offset(found.created),
        "updated_at": _offset(found.created),
    }


def memberships(found: Merchant, offset: int, limit: int) -> JsonObject:
    """The accounts that a token reaches: the one merchant who granted it, in a window."""
    times: JsonObject = {"created_at": _offset(found.created), "updated_at": _offset(found.created)}
    resource = times | {
        "id": found.code,
        "type": "merchant",
        "name": found.name,
        "attributes": {"sandbox": found.sandbox},
    }
    membership = times | {
        "id": f"mem_{found.code}",
        "resource_id": found.code,
        "type": "merchant",
        "roles": ["role_owner"],
        "permissions": [],
        "status": "accepted",
        "resource": resource,
    }
    return {"items": [membership][offset : offset + limit], "total_count": 1}


def tokens(found: Tokens, *, scope: bool) -> JsonObject:
    """The token endpoint's answer; `scope` is left out of a refresh, as SumUp does."""
    return _present(
        access_token=found.access,
        token_type="Bearer",  # noqa: S106 - a name from RFC 6750
        expires_in=found.expires_in,
        refresh_token=found.refresh,
        scope=" ".join(sorted(found.scopes)) if scope else None,
    )


def next_step(found: Checkout, base_url: str) -> JsonObject:
    """Where the buyer has to go to end a payment."""
    step = _present(
        url=f"{base_url}/pay/{found.id}/challenge",
        method="POST",
        redirect_url=found.redirect_url,
        mechanism=["browser"],
        payload={"MD": found.id},
    )
    return {"next_step": step}


def _hosted(found: Checkout, base_url: str) -> JsonObject:
    if not found.hosted:
        return {}
    url = f"{base_url}/pay/{found.id}"
    return {"hosted_checkout": {"enabled": True}, "hosted_checkout_url": url}


def _paid(found: Checkout) -> JsonObject:
    payment = found.payment
    if not payment:
        return {}
    return {"transaction_id": payment.id, "transaction_code": payment.code}


def _events(found: Transaction) -> list[JsonObject]:
    if not found.succeeded:
        return []
    due = found.created + PAYOUT_DELAY
    payout = _event(found.number, "PAYOUT", "SCHEDULED", found.created, due, amount=found.amount)
    return [payout, *(_movement_event(movement) for movement in found.movements)]


def _movement_event(found: Movement) -> JsonObject:
    status = "REFUNDED" if found.kind is MovementKind.REFUND else "SUCCESSFUL"
    kind = found.kind.value
    return _event(found.number, kind, status, found.at, found.at, amount=found.amount)


def _event(
    number: int, kind: str, status: str, at: datetime, due: datetime, **amount: object
) -> JsonObject:
    return {
        "id": number,
        "event_type": kind,
        "status": status,
        "timestamp": _zulu(at),
        "date": at.date().isoformat(),
        "due_date": due.date().isoformat(),
        "installment_number": 1,
        **amount,
    }


def _history_item(entry: Entry, merchant: Merchant) -> JsonObject:
    found = entry.transaction
    return _present(
        id=entry.id,
        transaction_id=entry.id,
        transaction_code=found.code,
        client_transaction_id=found.client_id,
        merchant_code=found.merchant_code,
        amount=entry.amount,
        currency=found.currency,
        timestamp=_zulu(entry.at),
        status=found.status.value,
        payment_type=found.payment_type,
        entry_mode=found.entry_mode,
        installments_count=1,
        type=entry.kind,
        card_type=found.scheme,
        product_summary=found.description,
        user=_email(merchant),
        refunded_amount=found.refunded if entry.movement is None else 0,
    )


def _present(**values: object) -> JsonObject:
    return {name: value for name, value in values.items() if value is not None}


def _email(merchant: Merchant) -> str:
    return f"{merchant.code.lower()}@merchant.example"


def _offset(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _zulu(moment: datetime) -> str:
    return _offset(moment).replace("+00:00", "Z")
