"""The pages of docs/runbooks by section, under the anchors that GitHub gives them."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUNBOOKS = ROOT / "docs" / "runbooks"
ABOUT_MANY = ("README.md", "doors.md", "on-hold.md", "troubleshooting.md")
"""Pages that are about no alert and no alarm in particular."""
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FENCE = re.compile(r"^ *```.*?^ *```", re.DOTALL | re.MULTILINE)


def anchor(heading: str) -> str:
    """Return what a link to a heading ends with."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def anchors(page: Path) -> list[str]:
    """Return the anchors of a page, of whatever level."""
    return [anchor(heading) for heading in HEADING.findall(FENCE.sub("", page.read_text()))]


def sections() -> dict[str, str]:
    """Return the text of each section about an alert or an alarm, with what its page begins with.

    They are named as alerts and alarms name them: `docs/runbooks/page.md#section`.
    """
    found: dict[str, str] = {}
    for page in sorted(RUNBOOKS.glob("*.md")):
        if page.name in ABOUT_MANY:
            continue
        beginning, *parts = re.split(r"^## ", page.read_text(), flags=re.MULTILINE)
        for heading, text in (part.split("\n", 1) for part in parts):
            name = f"{page.relative_to(ROOT)}#{anchor(heading)}"
            assert name not in found, f"{name} is there twice"
            found[name] = f"{beginning}\n{text}"
    return found
