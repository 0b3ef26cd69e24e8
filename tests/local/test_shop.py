"""What `make events` says."""

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
