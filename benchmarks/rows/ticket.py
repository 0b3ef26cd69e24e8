"""The PDF of an order's tickets, for a buyer whose name has letters beyond PDF's core fonts."""

import sys
from collections.abc import Sequence

import pypdfium2  # type: ignore[import-untyped]  # has no type hints
import zxingcpp

from benchmarks.peers.fields import HOLDER, fields
from benchmarks.results import Result
from benchmarks.turns import Contestant, contestants, in_turn, ours, peer

ROUNDS, CALLS = 15, 8
DPI = 150
OURS = "benchmarks.peers.ours"
STRAIGHTFORWARD, PRETIX, REPORTLAB = "fpdf2 and qrcode", "pretix", "reportlab"


def measure() -> Sequence[Result]:
    """Draw one ticket and ten in turn with the peers, which draw one."""
    with contestants(
        {
            "one": ours(OURS, "1"),
            "ten": ours(OURS, "10"),
            STRAIGHTFORWARD: peer("benchmarks.peers.straightforward"),
            PRETIX: peer("benchmarks.peers.pretix_ticket"),
            REPORTLAB: peer("benchmarks.peers.reportlab_ticket"),
        }
    ) as racing:
        by_name = {contestant.name: contestant for contestant in racing}
        sizes = {name: _checked(contestant) for name, contestant in by_name.items()}
        in_turn(racing, ROUNDS, CALLS)
    one = by_name["one"]
    goals = {STRAIGHTFORWARD: 0.20, PRETIX: 0.30, REPORTLAB: 0.30}
    times = [
        Result("One ticket", one.median, "ms", goal, name, by_name[name].median, one.spread)
        for name, goal in goals.items()
    ]
    return [
        *times,
        Result("Bytes of one ticket", sizes["one"] / 1000, "kB", 15),
        Result("Bytes of ten tickets", sizes["ten"] / 1000, "kB", 40),
    ]


def _checked(contestant: Contestant) -> int:
    """Return the size of a document in which every code is read and every name found."""
    made = contestant.sample()
    document = pypdfium2.PdfDocument(made)
    for number, page in enumerate(document, 1):
        read = [code.text for code in zxingcpp.read_barcodes(page.render(scale=DPI / 72).to_pil())]
        if read != [fields(0, number).qr_text]:
            sys.exit(f"{contestant.name}, page {number}: the code reads {read}")
        if HOLDER not in page.get_textpage().get_text_range():
            sys.exit(f"{contestant.name}, page {number}: the holder's name is not found")
    return len(made)
