"""What fpdf lacks for writing files with many similar pages that are quick to make, and small.

fpdf reads a font's file again for each document, subsets it with fontTools, and adds a table of
128 KB that is nearly empty. That took two thirds of a ticket's time, and its public interface has
no other way. Nor can its pages share content, which is most of a ticket.
"""

from collections.abc import Iterable, Iterator
from copy import copy
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, cast

import uharfbuzz as hb  # type: ignore[import-untyped]  # has no type hints
from fpdf.annotations import AnnotationDict
from fpdf.fonts import Glyph, SubsetMap, TTFFont
from fpdf.fpdf import FPDF
from fpdf.line_break import Fragment
from fpdf.output import CIDSystemInfo, OutputProducer, PDFFont, PDFFontStream, PDFPage
from fpdf.syntax import Name, PDFArray, PDFContentStream
from fpdf.unicode_script import UnicodeScript, get_unicode_script

DROPPED = ("GDEF", "GPOS", "GSUB", "OS/2", "cmap", "name", "post")
"""Tables that PDF readers do not use: the document itself says which glyph is where."""

CMAP = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
{blocks}endcmap
CMapName currentdict /CMap defineresource pop
end
end"""
MOST_RUNS = 100
"""The most entries in a block of such a table, by its standard."""


_ONE_AT_A_TIME = Lock()


class _Font(TTFFont):
    """A font in a document, which shares with other documents what was read from its file."""

    @property
    def hbfont(self) -> Any:  # noqa: ANN401 - uharfbuzz has no types
        """The font for shaping text. It remembers a size, so each document has its own."""
        if self._hbfont is None:
            self._hbfont = hb.Font(_face(self.ttffile))
        return self._hbfont


class Document(FPDF):
    """A document whose fonts are all added with `add`; some of its pages begin with `shared`."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - fpdf's
        super().__init__(**options)
        self.single_resources_object = True
        self.shared = b""
        self.pages_with_shared: list[int] = []

    def add(self, family: str, style: str, file: Path) -> None:
        """Do what `add_font` does."""
        key = f"{family.lower()}{style}"
        font = copy(_read(file, style))
        font.i, font.fontkey = len(self.fonts) + 1, key
        font.desc, font.missing_glyphs, font.subset = copy(font.desc), [], SubsetMap(font)
        self.fonts[key] = font

    @property
    def content(self) -> bytearray:
        """What has been drawn on this page so far."""
        return cast("bytearray", self.pages[self.page].contents)

    def links_here(self) -> list[AnnotationDict]:
        """Return the links on this page."""
        return list(self.pages[self.page].annots or ())

    def add_links(self, links: Iterable[AnnotationDict]) -> None:
        """Add the links of another page: unlike what is drawn, links cannot be shared."""
        for link in links:
            self.pages[self.page].add_annotation(copy(link))

    def whole(self) -> bytes:
        """Return the file."""
        try:
            return bytes(self.output(output_producer_class=_Producer))
        finally:
            # These keep every font of every document; clearing them only costs other threads time.
            SubsetMap.pick.cache_clear()
            SubsetMap.get_glyph.cache_clear()

    def _parse_chars(self, text: str, markdown: bool, **more: Any) -> Iterator[Fragment]:  # noqa: ANN401, FBT001 - fpdf's
        """Keep words together: fpdf would shape marks and joiners apart from their letters."""
        whole: Fragment | None = None
        for piece in super()._parse_chars(text, markdown, **more):
            if whole is not None and _belongs_to(whole, piece):
                whole.characters += piece.characters
                continue
            if whole is not None:
                yield whole
            whole = piece
        if whole is not None:
            yield whole


class _Producer(OutputProducer):
    fpdf: Document

    def _add_pages(self, _slice: slice = slice(None)) -> list[PDFPage]:
        pages = super()._add_pages(_slice)
        shared = PDFContentStream(self.fpdf.shared, compress=True)
        if self.fpdf.pages_with_shared:
            self._add_pdf_obj(shared, "pages")
        for number in self.fpdf.pages_with_shared:
            page = pages[number - 1]
            page.contents = PDFArray([shared, page.contents])  # type: ignore[assignment]  # as PDF has it
        return pages

    def _add_fonts(self, *_: object) -> dict[int, PDFFont]:  # type: ignore[override]  # of one kind
        system = CIDSystemInfo()
        self._add_pdf_obj(system, "fonts")
        fonts = cast("dict[str, _Font]", self.fpdf.fonts)
        return {font.i: self._embed(font, system) for font in fonts.values()}

    def _embed(self, font: _Font, system: CIDSystemInfo) -> PDFFont:
        glyphs = {code: glyph for glyph, code in font.subset.items() if glyph}
        ids = {code: font.ttfont.getGlyphID(glyph.glyph_name) for code, glyph in glyphs.items()}
        file, moved = _cut(font.ttffile, frozenset(ids.values()))
        places = b"".join(moved[ids.get(code, 0)].to_bytes(2) for code in range(max(ids) + 1))
        name = f"MPDFAA+{font.name}"

        whole = PDFFont("Type0", name, "Identity-H")
        part = PDFFont("CIDFontType2", name, d_w=font.desc.missing_width, w=_widths(glyphs))
        characters = PDFContentStream(_characters(glyphs).encode("ascii"), compress=True)
        places_of_codes, embedded = PDFContentStream(places, compress=True), PDFFontStream(file)
        for one in (whole, part, characters, places_of_codes, font.desc, embedded):
            self._add_pdf_obj(one, "fonts")
        whole.descendant_fonts, whole.to_unicode = PDFArray([part]), characters
        part.c_i_d_system_info, part.c_i_d_to_g_i_d_map = system, places_of_codes
        part.font_descriptor, font.desc.font_name = font.desc, Name(name)
        font.desc.font_file2 = embedded  # type: ignore[attr-defined]  # fpdf sets it like this
        return whole


def _belongs_to(word: Fragment, piece: Fragment) -> bool:
    """Return whether a piece continues a word: it begins or follows a mark, in the word's font."""
    first, last = piece.characters[0], word.characters[-1]
    if get_unicode_script(first) is UnicodeScript.INHERITED:
        return ord(first) in word.font.cmap  # type: ignore[union-attr]  # all ours have one
    return get_unicode_script(last) is UnicodeScript.INHERITED and piece.font is word.font


def _read(file: Path, style: str) -> _Font:
    """Read a font's file, which stays open.

    It is read only once, even if several threads need it first, or another file would stay open.
    """
    with _ONE_AT_A_TIME:
        return _kept(file, style)


@cache
def _kept(file: Path, style: str) -> _Font:
    return _Font(FPDF(), file, file.stem, style)


@cache
def _face(file: Path) -> Any:  # noqa: ANN401 - uharfbuzz has no types
    return hb.Face(hb.Blob.from_file_path(file))


@lru_cache(maxsize=64)
def _cut(file: Path, glyphs: frozenset[int]) -> tuple[bytes, dict[int, int]]:
    """Return a font with these glyphs and their components, and the new place of each."""
    wanted = hb.SubsetInput()
    wanted.glyph_set.update({0, *glyphs})
    wanted.drop_table_tag_set.update(int.from_bytes(tag.encode()) for tag in DROPPED)
    wanted.flags = hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.NO_LAYOUT_CLOSURE
    plan = hb.SubsetPlan(_face(file), wanted)
    return plan.execute().blob.data, dict(plan.old_to_new_glyph_mapping)


def _runs(glyphs: dict[int, Glyph]) -> list[tuple[int, list[Glyph]]]:
    """Return the first code of each run of codes, and its glyphs; a run shares its first byte."""
    runs: list[tuple[int, list[Glyph]]] = []
    for code, glyph in sorted(glyphs.items()):
        follows = runs and runs[-1][0] + len(runs[-1][1]) == code
        if not follows or not code % 256:
            runs.append((code, []))
        runs[-1][1].append(glyph)
    return runs


def _widths(glyphs: dict[int, Glyph]) -> str:
    """Return the width of each code: `[0 [600 572 572] 32 [260]]`."""
    runs = (
        f"{first} [{' '.join(str(glyph.glyph_width) for glyph in run)}]"
        for first, run in _runs(glyphs)
    )
    return f"[{' '.join(runs)}]"


def _characters(glyphs: dict[int, Glyph]) -> str:
    """Return the table that lets readers search and copy text."""
    runs = [
        f"<{first:04X}> <{first + len(run) - 1:04X}> [{''.join(map(_utf_16, run))}]\n"
        for first, run in _runs({code: glyph for code, glyph in glyphs.items() if glyph.unicode})
    ]
    blocks = [runs[start : start + MOST_RUNS] for start in range(0, len(runs), MOST_RUNS)]
    return CMAP.format(
        blocks="".join(f"{len(b)} beginbfrange\n{''.join(b)}endbfrange\n" for b in blocks)
    )


def _utf_16(glyph: Glyph) -> str:
    letters = cast("tuple[int, ...]", glyph.unicode)  # an int is for fonts of one byte
    return f"<{''.join(map(chr, letters)).encode('utf-16-be').hex()}>"
