"""Who speaks: the name, addresses and clock that mails, tickets and alerts carry."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Brand:
    """The shop as the outside sees it. `support` is a mail address or telephone number."""

    name: str
    sender: str
    alert_address: str
    support: str
    public_url: str
    time_zone: str

    def order_url(self, order_number: str) -> str:
        """Return the page where a buyer sees this order."""
        return f"{self.public_url.rstrip('/')}/orders/{quote(order_number, safe='')}"

    def clock(self, moment: datetime) -> str:
        """Show a moment on the shop's own clock: `2024-01-15 14:30`."""
        return moment.astimezone(ZoneInfo(self.time_zone)).strftime("%Y-%m-%d %H:%M")
