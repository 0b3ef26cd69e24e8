"""Set the colour and the logo of an organiser's tickets."""

from dataclasses import dataclass

from ticketing.archive_keys import logo_key
from ticketing.flows.ports import Archive, ManagesOrganisers
from ticketing.organisers.organiser import Organiser
from ticketing.tickets.branding import prepared, rgb

PNG = "image/png"
NO_LOGO = b""
"""Passed as the logo, this removes the current one."""


@dataclass(frozen=True)
class SetLook:
    """Checks the branding, archives the logo, and only then refers to it on the organiser's row."""

    organisers: ManagesOrganisers
    archive: Archive

    def __call__(self, organiser_id: str, colour: str | None, logo: bytes | None) -> Organiser:
        """Change what is not None; return the changed organiser.

        After `UnusableLook` or `UnknownOrganiser`, the organiser's row is unchanged.
        """
        organiser = self.organisers.get(organiser_id)
        if colour is not None:
            rgb(colour)
        wanted = organiser.colour if colour is None else colour.upper()
        key = organiser.logo if logo is None else self._kept(organiser_id, logo)
        self.organisers.set_look(organiser_id, wanted, key)
        return self.organisers.get(organiser_id)

    def _kept(self, organiser_id: str, logo: bytes) -> str:
        if logo == NO_LOGO:
            return ""
        picture = prepared(logo)
        key = logo_key(organiser_id, picture)
        self.archive.keep(key, picture, PNG)
        return key
