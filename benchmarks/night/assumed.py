"""What nobody has measured. `results/night.md` lists every value."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Assumed:
    """Times are seconds, rates per second; a `..._spread` is the sigma of a lognormal."""

    people: int = 20_000
    seats: int = 20_000
    seats_an_order: int = 2

    # The crowd
    at_start: float = 0.5
    """Share of the people who wait for the start, and load the event within `rush` of it."""
    rush: float = 5.0
    in_first_minute: float = 0.3
    """Share who come within the first minute; the rest come evenly until `all_came`."""
    all_came: float = 600.0
    form: float = 90.0
    form_spread: float = 0.35
    never_pay: float = 0.3
    pay: float = 60.0
    """Median time that a buyer takes on SumUp's page."""
    pay_spread: float = 0.5
    come_back_to_page: float = 0.9
    """Share of payers whom SumUp's page leads back to their order's page."""
    look_again: float = 0.3
    """Share of those told "sold out" who look again every `look_every`, up to `looks` times."""
    look_every: float = 300.0
    looks: int = 8

    # The page, if it retries on its own
    first_pause: float = 1.0
    longest_pause: float = 30.0
    patience: float = 600.0

    # A person, if not
    reads: tuple[float, float] = (3.0, 12.0)
    """Least and most time before the button is pressed again."""
    leaves: float = 0.1
    """Share who leave at each refusal instead."""

    # AWS
    row_held: float = 0.010
    """How long a transaction holds its rows. AWS publishes no figure."""
    network: float = 0.1
    """Browser to function and back."""
    reads_and_work: float = 0.15
    """What placing takes besides its transaction: reads, and computing."""
    glance: float = 0.05
    """What a look at an order takes."""
    invoke: float = 0.03
    """What it takes to call one function from another."""
    cold_start: float = 1.5
    account_concurrency: int = 1000
    environments_burst: int = 1000
    """New environments of a function every ten seconds."""
    account_request_rate: float = 10_000.0
    account_request_burst: float = 5_000.0
    ses: float = 0.1
    nominations: float = 100.0
    """Orders that a scan nominates a second: one update each."""
    event_kept: float = 2.0
    """How old a cached event may be."""

    # SumUp
    sumup_rate: float = 50.0
    """Calls a second of one organiser, with one second's worth at once; more are answered 429."""
    sumup_answer: float = 0.3
    webhook_after: float = 2.0
    webhooks: float = 0.95
    """Share of payments whose webhook arrives; a page or the scan finds the others."""

    # Orders without a checkout
    presses_pay: tuple[float, float] = (10.0, 20.0)
