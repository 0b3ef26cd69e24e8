"""An operator gives an organiser's tickets a colour and a logo."""

from dataclasses import dataclass
from typing import Protocol

from ticketing.archive_keys import logo_key
from ticketing.organisers.organiser import Organiser
from ticketing.tickets.branding import prepared, rgb

PNG = "image/png"
NO_LOGO = b""
"""Takes the logo away."""


class Organisers(Protocol):
    """What is needed of the organisers table."""

    def get(self, organiser_id: str) -> Organiser: ...
    def set_look(self, organiser_id: str, colour: str, logo: str) -> None: ...


class Archive(Protocol):
    """What is needed of the bucket: the first body kept under a key stays."""

    def keep(self, key: str, body: bytes, content_type: str) -> bytes: ...


@dataclass(frozen=True)
class SetLook:
    """Checks what is wanted, keeps the picture, and only then names it on the organiser's row."""

    organisers: Organisers
    archive: Archive

    def __call__(self, organiser_id: str, colour: str | None, logo: bytes | None) -> Organiser:
        """Change what is given, and leave what is None; return the organiser as it is then.

        `UnusableLook` says what is wrong, and `UnknownOrganiser` that there is none; nothing is
        written then.
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
