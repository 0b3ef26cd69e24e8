"""Two hundred scans at one gate: what the steward was shown is what the server has written down."""

import re
from base64 import b64encode
from collections.abc import Callable, Iterable
from io import BytesIO
from itertools import count

import pytest
from playwright.sync_api import Page, expect

from tests.browser import door_clip
from tests.browser.door_ledger import Json
from tests.browser.evening import EARLY, LATE, OFFLINE, Evening, Step
from tests.browser.fake_door import FakeDoor
from tests.browser.steward import all_sent, go_offline, go_online, kept, pair
from tests.browser.test_door_wedge import BRITISH, FRENCH, GERMAN, TYPE, strokes
from tests.browser.test_looks import SCREENSHOTS
from ticketing.tickets.ticket import TicketStatus

pytestmark = pytest.mark.browser

DEVICE = "D7KQ2"
CAMERA_EACH = 7
"""Every so many scans one is held before the camera."""
HELD: list[dict[str, float]] = [{}, {"tilt": 9}, {"tilt": -14, "noise": 10}, {"light": 0.6}]
ENDS = [("Enter",), ("Enter", "Enter"), ("Tab",), ()]
"""How scanners end: CR, CR and LF, Tab, nothing."""
LAYOUTS: list[dict[int, int]] = [{}, FRENCH, GERMAN, BRITISH]
ANSWERED = {"admitted": "Let in", "already": "Already in", "void": "Not valid"}
DECIDED = ANSWERED | {
    "unknown": "Let in", "wrong_event": "For another event", "altered": "Forged",
}  # fmt: skip

BY_HAND = """(() => {
  if (!navigator.mediaDevices) return;
  const canvas = Object.assign(document.createElement("canvas"), { width: 1280, height: 720 });
  const pencil = canvas.getContext("2d");
  let held = null;
  setInterval(() => held ? pencil.drawImage(held, 0, 0) : pencil.fillRect(0, 0, 1280, 720), 50);
  navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(20);
  window.hold = async (picture) => {
    const bytes = picture && Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
    held = bytes && await createImageBitmap(new Blob([bytes]));
  };
})();"""
WATCH = """() => {
  const result = document.querySelector(".result");
  const read = (selector) => result.querySelector(selector)?.textContent ?? "";
  window.shown = [];
  new MutationObserver(() => {
    if (result.hidden || result.matches(".asking")) return;
    window.shown.push({
      tone: result.classList[1], word: read("h2"), detail: read(".detail"), whose: read(".whose"),
      inside: Number(document.querySelector("#bar .inside strong").textContent),
    });
  }).observe(result, { childList: true });
}"""
UNANSWERED = """async () => {
  const db = await idb.openDB("door");
  const entries = await db.getAll("entries");
  db.close();
  return entries.filter(({ result }) => !result).length;
}"""


class Steward:
    """Holds codes before the phone, pulls the scanner's trigger, and notes what the screen says."""

    def __init__(self, page: Page) -> None:
        self.notes: list[Json] = []
        self.scans = count()
        self.page = page
        self.seen = 0

    def begin(self, page: Page) -> None:
        self.page, self.seen = page, 0
        page.locator(".page button.wide").click()
        expect(page.locator(".tools")).to_be_attached()
        page.evaluate(WATCH)

    def scan(self, step: Step) -> Json:
        number = next(self.scans)
        # What has lines is several scans to a scanner that types, and 4 kB are too much for a code.
        if "\n" in step.text or (number % CAMERA_EACH == 0 and len(step.text) < 400):
            return self._before_camera(step.text, number)
        text = f" {step.text} " if number % 5 == 0 else step.text
        keys = strokes(text, LAYOUTS[number % len(LAYOUTS)])
        ends = ENDS[number // 4 % len(ENDS)] if step.ticket else ("Enter",)
        self.page.evaluate(TYPE, [[*keys, *((end, end, False) for end in ends)], 0])
        return self._note()

    def _before_camera(self, text: str, number: int) -> Json:
        [code] = door_clip.on_screen([text])
        file = BytesIO()
        door_clip.held(code, **HELD[number % len(HELD)]).save(file, "JPEG", quality=85)
        self.page.evaluate("(picture) => hold(picture)", b64encode(file.getvalue()).decode())
        note = self._note()
        self.page.evaluate("hold(null)")
        return note

    def one_stays_outside(self, people: int) -> None:
        self.page.get_by_role("button", name="Fewer went in").click()
        self.page.get_by_role("button", name=str(people - 1), exact=True).click()
        assert self._note()["word"] == "Corrected"

    def _note(self) -> Json:
        """Wait for the next answer."""
        seen = self.page.wait_for_function("(index) => window.shown[index]", arg=self.seen)
        self.seen += 1
        self.notes.append(seen.json_value())
        return self.notes[-1]

    def look(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"door-evening-{name}.png")


@pytest.fixture
def steward(open_door: Callable[..., Page]) -> Steward:
    page = open_door()
    page.context.add_init_script(BY_HAND)
    return Steward(page)


def test_an_evening_of_two_hundred_scans_is_written_down_as_it_was_shown(
    steward: Steward, door: FakeDoor
) -> None:
    evening = Evening(door)
    early, offline, late = (list(evening.steps(mix)) for mix in (EARLY, OFFLINE, LATE))
    pair(steward.page, door.add_device(DEVICE))
    steward.begin(steward.page)
    kept(steward.page)

    inside = work(steward, early, 0)
    go_offline(steward.page)
    meanwhile(door, offline)
    inside = work(steward, offline[:30], inside)
    open_anew(steward)
    inside = work(steward, offline[30:], inside)
    unsent = [step for step in offline if step.kind != "foreign"]
    corrections = sum(step.kind == "fewer" for step in offline)
    waiting = f"{len(unsent) + corrections} waiting"
    expect(steward.page.locator("#bar .waiting")).to_have_text(waiting)
    steward.look("waiting")
    go_online(steward.page)
    all_sent(steward.page)
    steward.look("sent")
    inside -= sum(step.kind == "refunded since" for step in offline)
    for step in late:
        door.loses_answers = step.kind == "lost"
        inside = work(steward, [step], inside)
        door.loses_answers = False
        all_sent(steward.page)

    assert len(early + offline + late) == 200
    assert differences(door, steward.notes) == {
        **{step.ticket: "double" for step in offline if step.kind == "in at Gate B"},
        **{step.ticket: "void" for step in offline if step.kind == "refunded since"},
    }
    nothing_is_left(steward, door, inside)


def work(steward: Steward, steps: Iterable[Step], inside: int) -> int:
    """Scan one after the other; each is answered as it must be, and so are the people counted."""
    for step in steps:
        note = steward.scan(step)
        inside += step.people
        assert (note["tone"], note["word"]) == (step.tone, step.word), step
        assert step.detail in note["detail"], step
        assert step.ticket in note["whose"], step
        assert note["inside"] == inside, step
        if step.kind == "fewer":
            steward.one_stays_outside(step.people)
            inside -= 1
    return inside


def meanwhile(door: FakeDoor, steps: Iterable[Step]) -> None:
    """What a phone without a network cannot know."""
    for step in steps:
        if step.kind == "in at Gate B":
            door.scan_elsewhere(step.ticket)
        if step.kind == "refunded since":
            door.ledger.refund(step.ticket)
        if step.kind == "bought since":
            door.add_ticket(step.ticket)


def open_anew(steward: Steward) -> None:
    """The page is closed with scans waiting, and opened on the device's own."""
    before = steward.page.locator("#bar .waiting").text_content()
    page = steward.page.context.new_page()
    steward.page.close()
    page.goto("/door/")
    expect(page.locator("#bar .waiting")).to_have_text(before or "")
    steward.begin(page)


def differences(door: FakeDoor, notes: Iterable[Json]) -> dict[str, str]:
    """Compare screen and ledger, scan by scan; return where the server came to judge otherwise."""
    shown = [note for note in notes if note["word"] not in {"Not a ticket", "Corrected"}]
    found = {}
    for note, (entry, answer) in zip(shown, outcomes(door), strict=True):
        is_asked = entry["said"] == "asking"
        said = ANSWERED[answer["verdict"]] if is_asked else DECIDED[entry["said"]]
        ticket = re.findall(r"TICKET:([A-Z0-9-]+)", entry["text"])[0]
        people = answer["count"] if is_asked else entry["count"]
        assert (note["word"], people_in(note)) == (said, people)
        assert ticket in note["whose"]
        if said != DECIDED.get(answer["verdict"]):
            found[ticket] = answer["verdict"]
    return found


def people_in(note: Json) -> int:
    people = re.match(r"(\d+) (?:person|people)", note["detail"])
    return int(people[1]) if people and note["tone"] == "go" else 0


def outcomes(door: FakeDoor) -> list[tuple[Json, Json]]:
    """Return the scans of the ledger; of one that had no answer, what became of it."""
    entries = door.devices[DEVICE].entries
    admitted = {seq: pair for seq, pair in sorted(entries.items()) if pair[0]["action"] == "admit"}
    followed = {entry["refers_to"] for entry, _ in admitted.values()}
    return [pair for seq, pair in admitted.items() if f"{DEVICE}#{seq:06}" not in followed]


def nothing_is_left(steward: Steward, door: FakeDoor, inside: int) -> None:
    """Every scan has arrived, none waits, and the bar counts as the server does."""
    entries = door.devices[DEVICE].entries
    foreign = sum(note["word"] == "Not a ticket" for note in steward.notes)
    lost = sum(
        bool(entry["refers_to"]) for entry, _ in entries.values() if entry["action"] == "admit"
    )
    assert sorted(entries) == list(range(1, len(steward.notes) - foreign + lost + 1))
    assert (lost, door.batches[-1]["highest"]) == (2, len(entries))
    tickets = door.ledger.tickets.values()
    assert inside == sum(one.admits - one.places for one in tickets)
    expected = sum(one.admits for one in tickets if one.status is TicketStatus.VALID)
    assert steward.page.evaluate("window.shown.length") == steward.seen
    assert door.batches[-1]["not_ours"] == foreign
    steward.page.reload()  # with a fresh list
    bar = steward.page.locator("#bar .inside")
    expect(bar).to_have_attribute("aria-label", f"{inside} of {expected} in")
    expect(steward.page.locator("#bar .waiting")).to_have_count(0)
    assert steward.page.evaluate(UNANSWERED) == 0
