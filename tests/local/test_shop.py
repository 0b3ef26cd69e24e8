"""What `make events` says."""

from types import SimpleNamespace
from typing import Any

import pytest

from local import shop
from local.places import Ports


def test_events_are_put_on_sale_and_named_with_their_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []

    class Shop:
        def __init__(self, at: Ports) -> None:
            self.at = at

        def open(self) -> None:
            opened.append(self.at)

    monkeypatch.setattr(shop, "Shop", Shop)
    at = Ports(aws=1, sumup=2, site=3)

    said = shop.sell(at)

    assert opened == [at]
    assert said.splitlines()[0] == "On sale at http://127.0.0.1:3:"
    assert "  http://127.0.0.1:3/e/jersey-live-summer-sounds-5/" in said.splitlines()


@pytest.mark.parametrize(
    ("events", "merchants", "opens"),
    [(False, 0, True), (False, 2, True), (True, 0, True), (True, 2, False)],
    ids=["empty", "no events", "a simulator that forgot", "open"],
)
def test_the_sample_shop_is_opened_once(
    events: bool,  # noqa: FBT001 - a case
    merchants: int,
    opens: bool,  # noqa: FBT001 - a case
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[str] = []

    class Shop:
        def __init__(self, _: Ports) -> None:
            self.has_events = events
            self.sumup = SimpleNamespace(health=lambda: {"merchants": merchants})

        def open(self) -> None:
            opened.append("everything")

        def connect_all(self) -> None:
            opened.append("connections")

    monkeypatch.setattr(shop, "Shop", Shop)

    said = shop.prepare(Ports(aws=1, sumup=2, site=3))

    assert bool(opened) is opens
    assert opened == ([] if not opens else ["connections"] if events else ["everything"])
    assert "Keys of its tickets, for doors: http://127.0.0.1:3/api/events/5/keys" in said
