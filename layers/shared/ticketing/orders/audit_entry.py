"""The audit trail: one entry per change of an order, each with the hash of the one before. Pure."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime


@dataclass(frozen=True)
class AuditEntry:
    """What changed, why, what SumUp showed, and who did it (a function or a person).

    `seen` holds facts about the payment or a mail only: no name, no address, no token.
    """

    order_number: str
    sequence: int
    at: datetime
    by: str
    change: str
    reason: str
    seen: str
    previous_hash: str

    @property
    def why(self) -> str:
        """The reason code, without a person's note."""
        return self.reason.partition(":")[0]

    @property
    def hash(self) -> str:
        """The SHA-256 over all fields, including the previous entry's hash."""
        fields = asdict(self) | {"at": self.at.isoformat(timespec="microseconds")}
        text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def fingerprint(order_number: str, address: str) -> str:
    """Return 16 bits of a hash of an address, for a trail that cannot forget.

    They tell the old address of an order from the new one, for a reader who knows both. In a long
    list, hundreds of addresses share them, so an erased address cannot be recovered.
    """
    return _sixteen_bits(f"{order_number} {address.lower()}")


def fingerprint_of_holder(ticket_id: str, name: str) -> str:
    """Return 16 bits of a hash of the name that a ticket was transferred to, as `fingerprint`."""
    return _sixteen_bits(f"{ticket_id} {name}")


def _sixteen_bits(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:4]
