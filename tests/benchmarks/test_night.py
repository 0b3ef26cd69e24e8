"""The pieces of the simulated night: against a formula, the package, or what was measured."""

import random

import pytest

from benchmarks.night import calibration
from benchmarks.night.deployed import Deployed, Measured
from benchmarks.night.people import Asks
from benchmarks.night.provider import SumUp
from benchmarks.night.scenarios import Scenario, night
from benchmarks.night.timeline import Bell, Story, Timeline
from benchmarks.night.walls import (
    Account,
    Environments,
    Rows,
    Stock,
    TokenBucket,
    Tries,
    UnpaidSeats,
)
from tests.support.aws import template
from ticketing.adapters.dynamodb.retries import PATIENCE_SECONDS, TRIES, again
from ticketing.adapters.sumup.turns import MOST_AT_ONCE, Turns


@pytest.fixture(autouse=True)
def _same_night() -> None:
    random.seed(7)


def test_stories_go_on_in_the_order_of_their_times_and_wait_for_bells() -> None:
    timeline, told, bell = Timeline(), list[tuple[str, float]](), Bell()

    def story(name: str, *waits: float | Bell) -> Story[None]:
        for wait in waits:
            yield wait
            told.append((name, timeline.now))

    timeline.begin(story("late", 3600.0))
    timeline.begin(story("soon", 0.01, 0.01, 100.0))
    timeline.begin(story("first", bell))
    timeline.begin(story("second", bell))
    timeline.run(50)
    timeline.ring(bell)
    timeline.run(200)

    assert told == [
        ("soon", pytest.approx(0.01)),
        ("soon", pytest.approx(0.02)),
        ("first", 50),
        ("soon", pytest.approx(100.02)),
    ]


@pytest.mark.parametrize(("rate", "burst"), [(100, 200), (500, 1000), (1, 1)])
def test_a_token_bucket_passes_its_burst_at_once_and_its_rate_from_then_on(
    rate: int, burst: int
) -> None:
    bucket = TokenBucket(rate, burst)
    at_once = sum(bucket.take(0.0) for _ in range(2 * burst))
    over_a_minute = sum(bucket.take(at * 0.5 / rate) for at in range(1, 120 * rate + 1))

    assert at_once == burst
    assert over_a_minute == pytest.approx(60 * rate, abs=1)


def test_a_token_bucket_saves_no_more_than_its_burst() -> None:
    bucket = TokenBucket(100, 200)
    assert sum(bucket.take(3600.0) for _ in range(1000)) == 200


@pytest.mark.parametrize("held", [0.005, 0.010, 0.020])
@pytest.mark.parametrize("a_second", [10, 50, 100, 400])
def test_the_share_of_conflicts_is_what_erlang_says(a_second: int, held: float) -> None:
    expected = calibration.erlang(a_second, held)
    assert calibration.conflict_share(a_second, held) == pytest.approx(expected, abs=0.015)


def test_orders_that_meet_in_one_of_their_rows_conflict_and_hold_none_of_them() -> None:
    rows = Rows(0.010)
    assert rows.lock(["stock 0", "unpaid 1"], 1.0)
    assert not rows.lock(["stock 0", "unpaid 2"], 1.005)
    assert rows.lock(["stock 1", "unpaid 2"], 1.005)
    assert rows.lock(["stock 0", "unpaid 1"], 1.011)


def test_a_write_is_tried_as_often_and_as_patiently_as_the_package_says() -> None:
    for _ in range(200):
        now, tries = 5.0, 1
        call = Tries(again(), now)
        while (pause := call.pause(now)) is not None:
            now, tries = now + pause, tries + 1
        assert tries <= TRIES
        assert now - 5.0 < PATIENCE_SECONDS


def test_a_slow_write_ends_with_the_patience_of_the_package() -> None:
    call = Tries(again(), 0.0)
    assert call.pause(PATIENCE_SECONDS - 1) is not None
    assert call.pause(PATIENCE_SECONDS) is None


def test_the_policy_itself_would_stop_at_the_same_tries() -> None:
    """The same seed drives tenacity's own loop and ours."""
    slept: list[float] = []

    def fail() -> None:
        raise ConnectionError

    def everything(_: BaseException) -> bool:
        return True

    random.seed(1)
    with pytest.raises(ConnectionError):
        again(everything).copy(sleep=slept.append)(fail)
    random.seed(1)
    call, ours = Tries(again(), 0.0), list[float]()
    while (pause := call.pause(0.0)) is not None:
        ours.append(pause)

    assert ours == slept
    assert len(slept) == TRIES - 1


@pytest.mark.parametrize(("rate", "least"), [(10, 0.8), (50, 0.8)])
def test_the_turns_of_the_package_find_the_limit_of_sumup(rate: int, least: float) -> None:
    """One worker's ten threads ask as fast as they may; few answers are refusals in the end."""
    timeline, turns = Timeline(), Turns()
    sumup = SumUp(timeline, rate, 0.1)

    def asks() -> Story[None]:
        while True:
            yield from sumup.ask(turns, attempts=1)

    for _ in range(MOST_AT_ONCE):
        timeline.begin(asks())
    timeline.run(60)

    served = sumup.calls - sumup.refused
    assert served <= 60 * rate + rate
    assert served > least * 60 * rate
    assert sumup.calls < 60 * MOST_AT_ONCE / 0.1  # what ten threads without turns would ask


def test_new_environments_come_at_the_rate_of_lambda_and_warm_ones_at_once() -> None:
    account = Account(1000)
    function = Environments(account, TokenBucket(100, 50), cold_start=1.5)
    begun = [function.enter(0.0) for _ in range(60)]
    assert begun.count(1.5) == 50
    assert begun.count(None) == 10
    function.leave()
    assert function.enter(0.0) == 0.0


def test_no_function_grows_beyond_what_is_left_of_the_account() -> None:
    account = Account(3)
    one, other = (Environments(account, TokenBucket(9, 9), 1.0) for _ in range(2))
    assert [one.enter(0.0), one.enter(0.0), other.enter(0.0), other.enter(0.0)] == [
        1.0, 1.0, 1.0, None,
    ]  # fmt: skip


@pytest.mark.parametrize("pools", [0, 1, 32])
def test_all_seats_are_sold_and_none_twice_however_many_pools_they_lie_in(pools: int) -> None:
    stock, sold = Stock.of(1001, pools), 0
    while stock.take(chosen := stock.choose(3), now=9.0):
        assert sum(chosen.values()) == 3
        sold += 3
    assert (sold, stock.left) == (999, 2)
    stock.give_back(3)
    assert stock.take(stock.choose(5), now=10.0)
    assert stock.sold_out_at == 10.0


def test_unpaid_seats_have_room_up_to_the_most_of_their_row() -> None:
    unpaid = UnpaidSeats([("row", 4)])
    assert [unpaid.add("row", 4, 2) for _ in range(3)] == [True, True, False]
    unpaid.settle("row", 2)
    assert unpaid.add(*unpaid.choose(), 2)


def test_the_settings_are_those_of_the_template() -> None:
    deployed, parameters = Deployed.read(), template()["Parameters"]
    assert deployed.hold_seconds == 60 * parameters["HoldMinutes"]["Default"]
    assert deployed.verify_concurrency == parameters["VerifyConcurrency"]["Default"]
    assert deployed.mails_per_second == parameters["MailsPerSecond"]["Default"]
    assert (
        f"rate({deployed.scan_seconds / 60:.0f} minutes)" == parameters["ScanSchedule"]["Default"]
    )


def test_one_simulated_worker_verifies_what_was_measured_within_a_factor_of_two() -> None:
    measured = Measured.read()
    at_once = calibration.worker_rate(0.0, measured)
    slowly = calibration.worker_rate(calibration.MEASURED_ANSWER, measured)
    assert at_once == pytest.approx(measured.verified_at_once, rel=0.3)
    assert 0.5 < slowly / measured.verified_after_100_ms < 2


SMALL = {"people": 300, "seats": 300, "all_came": 120.0, "sumup_rate": 20.0}


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario("alone", assumed=SMALL),
        Scenario("by hand", Asks.BY_HAND, assumed=SMALL),
        Scenario("pools and a line", Asks.LOOKING_FIRST, pools=4, line=5.0, assumed=SMALL),
    ],
    ids=lambda scenario: scenario.name,
)
def test_a_night_is_the_same_again_and_sells_no_seat_twice(scenario: Scenario) -> None:
    one, again_ = night(scenario, 3), night(scenario, 3)
    assert one == again_
    assert 0 < one.sold_seats <= SMALL["seats"]
    assert night(scenario, 4) != one
