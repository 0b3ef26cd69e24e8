"""Mutants that behave as the original does, each with the reason: no test could tell them apart."""

from collections.abc import Mapping

_CODEC = "Python knows a codec by its name in any case."
_ZERO = "Of nothing the sum would be another zero, which adds and compares alike."

EQUIVALENT: Mapping[tuple[str, str], str] = {
    ("money", '+ return format_currency(amount, currency, locale="en_gb")'): (
        "Babel reads the name of a locale in any case."
    ),
    ("money", '+ return format_currency(amount, currency, locale="EN_GB")'): (
        "Babel reads the name of a locale in any case."
    ),
    (
        "orders.order",
        "+ lines = sum((line.unit_price * line.quantity for line in order.lines), )",
    ): ("Only of no lines the sum would be another zero, and these are refused before."),
    ("orders.schedule", "+ return now + max(wait, pause(retry_after or 1))"): (
        "Every wait of ours is longer than a second."
    ),
    ("orders.schedule", "+ if latest is None or latest < now - every:"): (
        "At that moment the check that follows the latest one is due now."
    ),
    ("payments.part_refunding", "+ return sum(prices, )"): _ZERO,
    ("payments.matching", "+ record = CheckoutRecord(checkout.id, None, reference)"): (
        "Which order a record names is not compared here: SumUp does not know it."
    ),
    (
        "reconciliation.payment_pair",
        "+ return sum((r.amount for r in self.returned), ) >= self.amount.amount",
    ): _ZERO,
    ("reconciliation.payment_pair", "+ return sum((r.amount for r in wanted), )"): _ZERO,
    (
        "reconciliation.payment_pair",
        "+ return returned.at <= day.start and self._is_learned_late(day, returned)",
    ): "A day holds its own start, and that was asked before.",
    (
        "adapters.sumup.tokens",
        "+ read_at, organiser = self._recent.get(organiser_id, (now + RECENT, None))",
    ): "What was never read has no age that anybody looks at.",
    (
        "adapters.sumup.tokens",
        '+ used = self._cipher.decrypt(organiser.refresh_token or b"XXXX", organiser_id)',
    ): "Who has no refresh token is refused before; the empty text is for the type checker.",
    (
        "adapters.sumup.tokens",
        '+ plain = self._cipher.decrypt(organiser.access_token or b"XXXX", organiser.organiser_id)',
    ): "Neither is a ciphertext, so the key service refuses both alike.",
    ("tickets.qr", '+ info = f"ticketing-qr-v1{key_id}{event_id}".encode("ASCII")'): _CODEC,
    (
        "tickets.qr",
        '+ return f"v1\\0{ticket_id}\\0{order_number}\\0{event_id}".encode("ASCII")',
    ): _CODEC,
    ("tickets.qr", '+ return b32encode(signature).decode("ASCII").rstrip(PADDING)'): _CODEC,
    (
        "tickets.qr",
        '+ {"key_id": key_id, "public_key": b64encode(key).decode("ASCII")}',
    ): _CODEC,
    ("tickets.qr", '+ "signed_bytes": signed_bytes(*placeholders).decode("ASCII"),'): _CODEC,
    ("tickets.qr", "+ derivation = HKDF(algorithm=SHA256(), length=32, info=info)"): (
        "No salt is what HKDF takes where none is named."
    ),
}
"""By the module and the line it has instead: why that makes no difference."""
