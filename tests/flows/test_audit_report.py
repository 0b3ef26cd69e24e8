"""What an audit counts once its report is full."""

import pytest

from ticketing.audit.order_snapshot import Breach, Rule
from ticketing.flows import audit_report
from ticketing.flows.audit_report import AuditReport

BREACHES = [Breach(Rule.UNSCHEDULED, "No scan finds it.", (f"order {n}",), n) for n in "ABCDE"]


@pytest.fixture(autouse=True)
def _soon_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_report, "MOST_KEPT", 2)


def test_a_breach_that_is_found_again_counts_once() -> None:
    """Each row that seems unwarranted has its whole order judged."""
    report = AuditReport()

    for _ in range(3):
        report.add(BREACHES)

    assert list(report.found) == BREACHES[:2]
    assert (report.total, report.by_rule) == (5, {"unscheduled": 5})


def test_memory_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_report, "MOST_KNOWN", 4)
    report = AuditReport()

    report.add([*BREACHES, *BREACHES])

    assert report.total == 6, "the fifth is not known again"


def test_all_rows_that_were_put_back_are_counted() -> None:
    report = AuditReport()

    for name in "ABCDE":
        report.add_repaired(f"order {name}")

    assert report.totals["rows_put_back"] == report.as_json["rows_put_back"] == 5
    assert report.as_json["put_back"] == ["order A", "order B"]
