"""Which attributes of an order's row may identify its buyer, and which may not."""

REPLACED = frozenset({"customer_name", "customer_email", "customer_email_typed"})
"""The buyer as the order knows them, which the transition `buyer_erased` replaces."""
REMOVED = frozenset({"delivery_reason"})
"""What others, such as a mail server, wrote about the buyer, which erasing removes."""
PERSONAL = REPLACED | REMOVED

IMPERSONAL = frozenset(
    {
        "address_changes",
        "agreed_to",
        "asked_to_pay_at",
        "attempt_seen_at",
        "audit_hash",
        "checked_at",
        "checkout_ids",
        "checkout_reference",
        "checks_booked_until",
        "complained_at",
        "created_at",
        "currency",
        "customer_language",
        "deadline",
        "delivered_at",
        "delivery",
        "delivery_mail",
        "delivery_next",
        "delivery_runbook",
        "event_id",
        "event_starts_at",
        "held_in",
        "hold_until",
        "holds_seats",
        "lines",
        "merchant_code",
        "next_check_at",
        "order_number",
        "organiser_id",
        "origin",
        "paid_checkout_id",
        "parts",
        "payment_status",
        "personal_key",
        "reason_code",
        "refund_asked_at",
        "refund_status",
        "refunds",
        "reissued",
        "rejected",
        "runbook",
        "settled_at",
        "status",
        "status_reason",
        "stuck_alerted_at",
        "tickets_revision",
        "total",
        "transaction_id",
        "trouble_code",
        "trouble_since",
        "trouble_times",
        "version",
        "void_tickets",
        "voided_at",
        "what_next",
        "work_key",
    }
)
"""What the order is about, and what we and SumUp say about it, which stays."""
