"""What is genuine is genuine everywhere: WebCrypto, the kept library and our own Python agree."""

import random
from base64 import b32decode, b32encode
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.support.builders import a_signer
from ticketing.errors import InvalidQr
from ticketing.tickets import qr

pytestmark = pytest.mark.browser

TEXTS = 10_000
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567890189-|:abc \n\u00e9"
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
WITHOUT_ED25519 = """(() => {
  const { importKey } = SubtleCrypto.prototype;
  SubtleCrypto.prototype.importKey = function (format, key, algorithm, ...more) {
    if (algorithm?.name === "Ed25519") throw new DOMException("none", "NotSupportedError");
    return importKey.call(this, format, key, algorithm, ...more);
  };
})();"""
KEYS = a_signer().public_keys("5")
READ = """async ([document, texts]) => {
  const { TicketReader } = await import("/door/verify-ticket.js");
  const reader = new TicketReader(document);
  const kinds = [];
  for (const text of texts) kinds.push((await reader.read(text)).kind);
  return kinds;
}"""


def by_python(text: str) -> str:
    form = qr.QR_TEXT.fullmatch(text)
    if not form:
        return "foreign"
    if form["event_id"] != "5":
        return "wrong_event"
    try:
        qr.verify(text, KEYS, "5")
    except InvalidQr:
        return "altered"
    return "genuine"


def altered(count: int) -> list[str]:
    """Genuine texts, and such with a few characters changed, more often within the signature."""
    chance, signer, found = random.Random(5), a_signer(), []
    for number in range(count):
        text = list(signer.text(f"ORD-{number:06}-01", f"ORD-{number:06}", "5"))
        for _ in range(chance.choice((0, 1, 1, 2, 3))):
            at = chance.randrange(len(text)) if chance.random() < 0.3 else -chance.randint(1, 103)
            text[at] = chance.choice(ALPHABET[:32] if chance.random() < 0.7 else ALPHABET)
        found.append("".join(text))
    return found


def malleable() -> list[str]:
    """Signatures that careless verifiers take: another s, keys and points of small order."""
    signer, found = a_signer(), []
    for number in range(20):
        text = signer.text(f"ORD-{number:06}-01", f"ORD-{number:06}", "5")
        signature = b32decode(text[-103:] + "=")
        s = int.from_bytes(signature[32:], "little") + GROUP_ORDER
        other = signature[:32] + s.to_bytes(32, "little")
        small = (1).to_bytes(32, "little") + bytes(32)
        found += [text[:-103] + b32encode(each).decode().rstrip("=") for each in (other, small)]
    return found


@pytest.mark.parametrize("verifier", ["the browser's own", "the kept one"])
def test_all_verifiers_agree(verifier: str, open_door: Callable[..., Page]) -> None:
    texts = altered(TEXTS) + malleable()
    page = open_door()
    if verifier == "the kept one":
        page.add_init_script(WITHOUT_ED25519)
    page.goto("/door/")
    document = qr.key_document("5", KEYS)

    kinds = page.evaluate(READ, [document, texts])

    wanted = [by_python(text) for text in texts]
    assert [t for t, a, b in zip(texts, kinds, wanted, strict=True) if a != b] == []
    assert set(wanted) == {"genuine", "altered", "wrong_event", "foreign"}
    loaded = "performance.getEntriesByType('resource').some(({ name }) => name.includes('noble'))"
    assert page.evaluate(loaded) is (verifier == "the kept one")
