"""Write the pages of events, and the files that tell search engines about them, into the site."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ticketing.brand import Brand
from ticketing.errors import TicketingError
from ticketing.events.event import Event
from ticketing.events.page import EventFile, rendered, robots, sitemap
from ticketing.events.sale import listed
from ticketing.flows.ports import ListsEvents, Organisers, SiteFiles
from ticketing.flows.seller import seller_of


@dataclass(frozen=True)
class PublishPages:
    """Publishes events by their ids."""

    events: ListsEvents
    organisers: Organisers
    site: SiteFiles
    brand: Brand

    def __call__(self, event_ids: Iterable[str], now: datetime) -> tuple[str, ...]:
        """Write the pages of these events, and the sitemap of all on sale; return their addresses.

        Repeating it is harmless. Events that have no address yet are left out: an import gives them
        one.
        """
        shell = self.site.shell()
        events = [self.events.get(event_id) for event_id in event_ids]
        files = [self._file(event, now) for event in events if event.slug]
        for file in files:
            try:
                self.site.put(file.file, rendered(shell, file).encode())
            except ValueError as error:
                text = f"{error}: deploy the site of this version with `make deploy-site`"
                raise TicketingError(text) from error
        on_sale = [
            self.brand.page_url(event.path) for event in self.events.on_sale(now) if event.slug
        ]
        self.site.put("sitemap.xml", sitemap(on_sale).encode())
        self.site.put("robots.txt", robots(self.brand.public_url).encode())
        return tuple(file.url for file in files)

    def _file(self, event: Event, now: datetime) -> EventFile:
        kinds = listed(self.events.ticket_types(event.event_id), now)
        seller = seller_of(event, self.organisers)
        return EventFile(event, kinds, seller, self.brand.name, self.brand.public_url)
