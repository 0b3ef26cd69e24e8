"""Find an organiser's branding, for tickets and mails.

The name of a logo contains the hash of its picture, so a logo that was read can be kept.
"""

from dataclasses import dataclass, field

from ticketing.errors import UnusableLook
from ticketing.flows.ports import Archive
from ticketing.organisers.organiser import Organiser
from ticketing.tickets.branding import Branding, look_of

MOST_LOGOS = 32
"""Logos kept in memory at once; each is at most 1 MB."""


@dataclass(frozen=True)
class FindLook:
    """Finds brandings, and keeps the logos that it has read."""

    archive: Archive
    _logos: dict[str, bytes] = field(default_factory=dict, init=False, repr=False)

    def __call__(self, organiser_id: str, organiser: Organiser | None) -> tuple[Branding, str]:
        """Return the organiser's branding and no problem, or a plain one and the problem.

        Raises whatever the archive raises if it cannot be read right now.
        """
        if organiser is None:
            return Branding(), f"the row of organiser {organiser_id} cannot be read"
        try:
            return look_of(organiser, self._logo(organiser.logo)), ""
        except UnusableLook as error:
            return Branding(organiser.name), str(error)

    def _logo(self, key: str) -> bytes | None:
        if not key:
            return None
        logo = self._logos.get(key)
        if logo is None:
            logo = self._read(key)
            if len(self._logos) >= MOST_LOGOS:
                self._logos.clear()
            self._logos[key] = logo
        return logo

    def _read(self, key: str) -> bytes:
        try:
            logo = self.archive.find(key)
        except ValueError as error:  # an operator typed the key in the console
            raise UnusableLook(str(error)) from error
        if logo is None:
            raise UnusableLook(f"the logo {key} is not in the bucket")
        return logo
