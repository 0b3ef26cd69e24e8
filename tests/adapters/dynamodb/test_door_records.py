"""The log of an event as reports read it: whole, however long, and what is no entry is named."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.aws import World
from tests.support.builders import NOW
from ticketing.adapters.dynamodb.admissions import AdmissionLog
from ticketing.adapters.dynamodb.door_records import DoorRecords
from ticketing.adapters.dynamodb.models import AdmissionRow
from ticketing.adapters.dynamodb.rows import write_as
from ticketing.doors.admission import Admission, Correction, Mark, Verdict
from ticketing.doors.scan import Action, Said, numbered
from ticketing.reports.rows import Rows, gathered

pytestmark = pytest.mark.usefixtures("world")


def an_entry(seq: int = 1, **changes: Any) -> Admission:  # noqa: ANN401  # of any field
    facts: dict[str, Any] = {
        "event_id": "5", "scan_id": numbered("D7KQ2", seq), "gate": "Gate A",
        "action": Action.ADMIT, "verdict": Verdict.ADMITTED, "at": NOW,
        "arrived_at": NOW + timedelta(seconds=1), "said": Said.ADMITTED, "signature": "s" * 86,
        "hash": f"{seq:064x}", "ticket_id": "ORD-ABC123-01", "people": 1, "counted": 1,
        "offset_ms": -412,
    }  # fmt: skip
    return Admission(**facts | changes)


def log() -> Rows[Any]:
    return gathered(DoorRecords.log("5"))


def test_a_log_of_more_than_a_megabyte_is_read_whole() -> None:
    with AdmissionRow.batch_write() as batch:
        for seq in range(1, 2501):
            batch.save(write_as(AdmissionRow, an_entry(seq, reason="r" * 200)))
    write_as(AdmissionRow, an_entry(event_id="6")).save()

    found = log()

    assert found.read == 2500
    assert [entry.scan_id for _, entry in found.found] == [
        numbered("D7KQ2", seq) for seq in range(1, 2501)
    ]


def test_rows_are_told_apart_by_their_keys_and_come_back_as_they_were() -> None:
    entry = an_entry()
    records = AdmissionLog()
    records.record(entry)
    records.record_clone(an_entry(hash="f" * 64, verdict=Verdict.CLONED))
    records.accept(an_entry(verdict=Verdict.VOID, counted=0), None, "somebody")
    correction = Correction("5", entry.scan_id, 1, numbered("DM4T8", 9), 0, 0)
    write_as(AdmissionRow, correction, scan_id=f"~{entry.scan_id}~001").save()

    found = dict(log().found)

    assert found[Mark.SCAN] == entry
    assert found[Mark.CLONE].hash == "f" * 64
    assert found[Mark.ACCEPTED].verdict is Verdict.VOID
    assert found[Mark.CORRECTION] == correction
    assert {row.scan_id for row in found.values()} == {entry.scan_id}


@pytest.mark.parametrize("lost", ["action", "verdict", "at", "arrived_at", "said"])
def test_an_entry_that_lacks_what_every_scan_has_is_named(world: World, lost: str) -> None:
    AdmissionLog().record(an_entry())
    (row,) = world.items("AdmissionsTable")
    world.put("AdmissionsTable", {name: row[name] for name in row if name != lost})

    assert log().unreadable == (f"admission 5 D7KQ2#000001: it lacks {lost}",)


@pytest.mark.parametrize("key", ["D7KQ2", "D7KQ2#1", "=D7KQ2#000001", "D7KQ2#000001~001", "~x~1"])
def test_a_row_under_a_strange_key_is_named(world: World, key: str) -> None:
    world.put("AdmissionsTable", {"event_id": {"S": "5"}, "scan_id": {"S": key}})

    assert log().unreadable == (f"admission 5 {key}: its key is not that of a scan",)
