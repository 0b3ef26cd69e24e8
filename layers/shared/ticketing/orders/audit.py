"""The audit trail: one entry per change of an order, each with the hash of the one before. Pure."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime


@dataclass(frozen=True)
class AuditEntry:
    """What changed, why, what was seen of SumUp, and who did it (a function or a person).

    `seen` holds facts about the payment only: no name, no address, no token.
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
    def hash(self) -> str:
        """Return the SHA-256 over all fields, the previous entry's hash among them."""
        fields = asdict(self) | {"at": self.at.isoformat(timespec="microseconds")}
        text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()
