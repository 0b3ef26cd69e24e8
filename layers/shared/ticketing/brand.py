"""The shop's name, addresses and time zone, as mails, tickets and alerts show them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

from ticketing.language import Language


@dataclass(frozen=True)
class Brand:
    """The shop as its customers see it. `support` is a mail address or telephone number.

    `alerts_kept` is how long alerts that belong to no order are kept.
    """

    name: str
    sender: str
    alert_address: str
    support: str
    public_url: str
    time_zone: str
    alerts_kept: timedelta = timedelta(days=90)

    def order_url(
        self, order_number: str, token: str | None = None, language: Language = Language.ENGLISH
    ) -> str:
        """Return the URL of this order's page; with the token it opens on any device.

        The token is in the fragment, which browsers never send to a server. A link without a
        language shows the page in the one that was chosen on the device, or else the browser's.
        """
        page = f"{self.public_url.rstrip('/')}/orders/?n={quote(order_number, safe='')}"
        page += _in(language)
        return f"{page}#t={quote(token, safe='')}" if token else page

    def return_url(self, order_number: str, code: str, language: Language) -> str:
        """Return the URL that SumUp sends buyers back to: the order's page with a return code."""
        return f"{self.order_url(order_number)}&r={quote(code, safe='')}{_in(language)}"

    @property
    def lost_tickets_url(self) -> str:
        """The page that sends tickets and links again: short, because people type it from paper."""
        return f"{self.public_url.rstrip('/')}/lost-tickets"

    def event_url(self, event_id: str) -> str:
        return f"{self.public_url.rstrip('/')}/event/?id={quote(event_id, safe='')}"

    def page_url(self, path: str) -> str:
        """Return the URL of an event's own page, given its path."""
        return f"{self.public_url.rstrip('/')}{path}"

    @property
    def webhook_url(self) -> str:
        return f"{self.public_url.rstrip('/')}/api/webhooks/sumup"

    def local_time(self, moment: datetime) -> str:
        """Format a moment in the shop's time zone: `2024-01-15 14:30`."""
        return moment.astimezone(ZoneInfo(self.time_zone)).strftime("%Y-%m-%d %H:%M")


def _in(language: Language) -> str:
    """Return the parameter that chooses the site's language; English is the default."""
    return "" if language is Language.ENGLISH else f"&lang={language}"
