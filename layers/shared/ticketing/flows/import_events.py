"""Import events from a file: check it against the tables, then write it in one transaction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ticketing.errors import ImportRefused, UnknownOrganiser
from ticketing.events import import_file
from ticketing.events.catalogue import MOST_ROWS, Listing, Offer, StoredEvent, dated
from ticketing.events.event import Event, TicketType
from ticketing.events.past_dates import past_dates
from ticketing.events.picture import prepared
from ticketing.events.revision import revised
from ticketing.events.slug import slug_of
from ticketing.flows.ports import Catalogue, Organisers, Pictures

TRIES = 5
"""Seats are sold while an import runs, so each try begins by reading the rows again."""

Planned = Sequence[tuple[Listing, StoredEvent | None]]


@dataclass(frozen=True)
class Imported:
    """The ids of a file's events; one line for each change, and for each likely typing error."""

    event_ids: tuple[str, ...]
    changes: tuple[str, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImportEvents:
    """Imports a file as a whole, or not at all."""

    organisers: Organisers
    catalogue: Catalogue
    pictures: Pictures

    def __call__(self, content: bytes, now: datetime) -> Imported:
        """Store the whole file, or none of it: `ImportRefused` lists all mistakes in it."""
        read, mistakes = import_file.read(content)
        files: dict[str, bytes] = {}
        problems_of_pictures: list[str] = []
        listings = [self._with_picture(one, files, problems_of_pictures) for one in read]
        for _ in range(TRIES):
            planned = [self._plan(one, now) for one in listings]
            problems = [p for one, stored in planned for p in self._problems(one, stored)]
            problems += [*_too_many_rows(planned), *problems_of_pictures]
            if mistakes or problems:
                raise ImportRefused(sorted({*mistakes, *problems}, key=_place))
            self.pictures.keep(files)
            if self.catalogue.write(planned):
                ids = tuple(one.event.event_id for one in listings)
                lines = (line for one, stored in planned for line in _changes(one, stored))
                past = (w for one, stored in planned for w in past_dates(one, stored, now))
                return Imported(ids, tuple(lines), tuple(past))
        raise ImportRefused(["seats are being sold too quickly right now: import again"])

    def _with_picture(
        self, listing: Listing, files: dict[str, bytes], problems: list[str]
    ) -> Listing:
        """Return the listing with its picture; add its files to `files`, problems to `problems`."""
        if listing.picture is None or listing.picture.keep:
            return listing
        try:
            content = self.pictures.read(listing.picture.file)
            picture, sizes = prepared(content, listing.picture.alt)
        except ValueError as error:
            problems.append(f"{listing.place}.picture.file: {error}")
            return listing
        files |= sizes
        about = replace(listing.event.about, picture=picture)
        return replace(listing, event=replace(listing.event, about=about))

    def _plan(self, listing: Listing, now: datetime) -> tuple[Listing, StoredEvent | None]:
        stored = self.catalogue.stored(listing.event.event_id)
        before, types = (stored.event, stored.types) if stored else (None, {})
        slug = (before and before.slug) or slug_of(listing.event.name, listing.event.event_id)
        wanted = _with_kept_picture(listing, before)
        event = replace(dated(revised(before, wanted, now), before, now), slug=slug)
        offers = tuple(dated(offer, types.get(offer.sku), now) for offer in listing.offers)
        gone = types.keys() - {offer.sku for offer in offers}
        withdrawn = tuple(
            replace(types[sku], on_sale=False, off_sale_since=now)
            for sku in sorted(gone)
            if types[sku].on_sale
        )
        return replace(listing, event=event, offers=offers, withdrawn=withdrawn), stored

    def _problems(self, listing: Listing, stored: StoredEvent | None) -> Iterator[str]:
        place, organiser_id = listing.place, listing.event.organiser_id
        yield from self._organiser_problems(listing)
        if listing.picture and listing.picture.keep and listing.event.about.picture is None:
            kept = "the event has no such picture here; name a file beside this one"
            yield f"{place}.picture.keep: {kept}"
        if stored is None:
            return
        if stored.organiser_id != organiser_id:
            yield f"{place}.organiser_id: the money of this event goes to {stored.organiser_id}"
        if stored.event.cancelled_at and not listing.event.cancelled:
            yield f"{place}.cancelled: it was cancelled for good, and its tickets are void"
        for index, offer in enumerate(listing.offers):
            before = stored.types.get(offer.sku)
            if before:
                yield from _type_problems(f"{place}.ticket_types[{index}]", offer, before)

    def _organiser_problems(self, listing: Listing) -> Iterator[str]:
        organiser_id = listing.event.organiser_id
        try:
            organiser = self.organisers.get(organiser_id)
        except UnknownOrganiser:
            known = "there is no such organiser; `organisers connect` makes one"
            yield f"{listing.place}.organiser_id: {organiser_id!r}: {known}"
            return
        if organiser.currency != listing.currency:
            yield f"{listing.place}.currency: {organiser_id} is paid in {organiser.currency}"


def _with_kept_picture(listing: Listing, before: Event | None) -> Event:
    """Return the event in the file, with the stored picture if that is the one to keep."""
    wanted, has = listing.picture, before and before.about.picture
    if not (wanted and has and has.name == wanted.keep):
        return listing.event
    about = replace(listing.event.about, picture=replace(has, alt=wanted.alt))
    return replace(listing.event, about=about)


def _too_many_rows(planned: Planned) -> Iterator[str]:
    rows = sum(listing.rows for listing, _ in planned)
    if rows > MOST_ROWS:
        yield f"it changes {rows} events and ticket types, at most {MOST_ROWS} go into one import"


def _type_problems(place: str, offer: Offer, before: TicketType) -> Iterator[str]:
    if offer.capacity < before.sold:
        yield f"{place}.capacity: {before.sold} are sold or held already"
    if before.currency != offer.price.currency:
        yield f"{place}.price: tickets of this kind were sold in {before.currency}"


def _changes(listing: Listing, stored: StoredEvent | None) -> Iterator[str]:
    event = listing.event
    sale = "cancelled" if event.cancelled else "on sale" if event.on_sale else "not on sale"
    yield f"Event {event.event_id}, {event.name}: {'changed' if stored else 'new'}, {sale}"
    if stored and event.revision > stored.event.revision:
        yield f"  tell its buyers: python -m ticketing events announce {event.event_id}"
    if event.cancelled and not (stored and stored.event.cancelled_at):
        helps = f"python -m ticketing events cancel {event.event_id} --reason TEXT"
        yield f"  tell its buyers, void its tickets and give the money back: {helps}"
    before = stored.types if stored else {}
    for offer in listing.offers:
        yield f"  {offer.sku}: {_change(offer, before.get(offer.sku))}"
    for kind in listing.withdrawn:
        yield f"  {kind.sku}: not in the file, off sale now; what was sold of it stays valid"


def _change(offer: Offer, before: TicketType | None) -> str:
    if before is None:
        off = "" if offer.on_sale else ", not on sale"
        return f"new, {offer.price}, {offer.capacity} seats{off}"
    changes = []
    if before.on_sale != offer.on_sale:
        changes.append("on sale again" if offer.on_sale else "off sale now")
    if (before.sale_starts_at, before.sale_ends_at) != (offer.sale_starts_at, offer.sale_ends_at):
        changes.append("other times of sale")
    if before.price != offer.price:
        changes.append(f"{before.price} is now {offer.price}")
    if before.capacity != offer.capacity:
        changes.append(f"{before.capacity} seats are now {offer.capacity}")
    if before.name != offer.name:
        changes.append(f"is now called {offer.name}")
    return ", ".join(changes) or "unchanged"


def _place(problem: str) -> tuple[object, ...]:
    """Return a sort key for the place in the file, in which 10 follows 9."""
    parts = problem.replace("]", "[").split("[")
    return tuple(part.rjust(9) if part.isdigit() else part for part in parts)
