"""The simulator's state in a file: what it knew, it knows again."""

from decimal import Decimal
from pathlib import Path

import pytest
import requests

from local.sumup.app import Options
from local.sumup.control import IssuedTokens, Simulator
from local.sumup.embedded import running
from tests.local.sumup.caller import Caller


def test_a_simulator_that_starts_again_knows_what_it_knew(tmp_path: Path) -> None:
    options = Options(state=tmp_path / "new" / "sumup")
    with running(options) as before:
        tokens = before.create_merchant("M1", name="Hall", currency="GBP", rotation="strict")
        with Caller(before.base_url, tokens) as shop:
            paid, late = shop.created(), shop.created(checkout_reference="ORD-2")
        before.pay(paid)
        before.refund(paid, Decimal("12.50"))
        before.sell("M1", Decimal(5))
        before.advance(600)
        known = before.checkout(paid)

    with running(options) as after:
        assert without_address(after.checkout(paid)) == without_address(known)
        with Caller(after.base_url, tokens) as shop:
            assert shop.checkout(late).status == 200, "its token works"
            assert shop.create(checkout_reference="ORD-2").status == 409
        after.pay(late)
        refund_the_rest(after, paid)
        after.create_merchant("M1", name="Renamed", currency="GBP")
        assert after.checkout(paid)["merchant_name"] == "Renamed", "one merchant, not two"


def refund_the_rest(sumup: Simulator, checkout_id: str) -> None:
    sumup.refund(checkout_id)
    with pytest.raises(requests.HTTPError):
        sumup.refund(checkout_id)


def without_address(checkout: dict[str, object]) -> dict[str, object]:
    return {k: v for k, v in checkout.items() if k not in {"pay_url", "hosted_checkout_url"}}


@pytest.mark.parametrize("content", [b"", b"not a state", b"\x80\x04K\x05."])
def test_a_file_that_is_no_state_is_as_none(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "sumup"
    file.write_bytes(content)

    with running(Options(state=file)) as sumup:
        assert sumup.health()["merchants"] == 0
        tokens = sumup.create_merchant("M1")

    assert isinstance(tokens, IssuedTokens)
    with running(Options(state=file)) as sumup:
        assert sumup.health()["merchants"] == 1


def test_without_a_file_nothing_is_kept(tmp_path: Path) -> None:
    with running(Options()) as sumup:
        sumup.create_merchant("M1")

    assert list(tmp_path.iterdir()) == []
    with running(Options()) as sumup:
        assert sumup.health()["merchants"] == 0
