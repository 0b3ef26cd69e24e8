"""The gallery's tickets without the gallery: drawn by PDFium, every code read at 150 dpi."""

import pytest

from tests.gallery.papers import Case, cases
from tests.support.builders import a_signer
from tests.support.codes import codes_in_pdf
from ticketing.tickets import qr

CASES = tuple(cases())


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_every_ticket_of_the_gallery_opens_its_door(case: Case) -> None:
    codes = codes_in_pdf(case.pdf)[: len(case.tickets)]

    assert codes == [ticket.qr_text for ticket in case.tickets]
    keys = a_signer().public_keys("5")
    assert [qr.verify(str(code), keys, "5").ticket_id for code in codes] == [
        ticket.ticket_id for ticket in case.tickets
    ]
