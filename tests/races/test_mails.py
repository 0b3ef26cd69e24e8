"""Concurrent work on the outbox: one attempt claims a mail at a time, alerts are sent once."""

import random
import uuid
from collections import Counter
from datetime import datetime
from functools import partial

import pytest

from tests.races.shop import RaceShop, now, shuffled
from tests.support.stored import a_mail, mail_of, store_mail
from ticketing.adapters.dynamodb.models import MailRow
from ticketing.emails.mail import LEASE, Mail, MailKind

MAILS, WORKERS, TRIES = 12, 8, 3
SEEDS = pytest.mark.parametrize("seed", range(10))


def an_alert(number: int, begun: datetime) -> Mail:
    told = {"kind": MailKind.ALERT, "order_number": None, "subject": "s", "body": "b"}
    return a_mail(mail_id=f"shop#alert#{number}", created_at=begun, next_attempt_at=begun, **told)


@SEEDS
def test_only_one_attempt_claims_a_mail_at_a_time(shop: RaceShop, seed: int) -> None:
    chance, begun = random.Random(seed), now()
    ids = [store_mail(an_alert(n, begun)).mail_id for n in range(MAILS)]

    def claim(mail_id: str, at: datetime) -> str | None:
        outbox = shop.here.outbox
        held = outbox.claim(mail_id, uuid.uuid4().hex, at)
        return mail_id if held else None

    for number in range(TRIES):
        at = begun + number * 2 * LEASE
        jobs = [partial(claim, i, at) for i in shuffled(chance, ids) for _ in range(WORKERS)]
        held = Counter(filter(None, shop.race(WORKERS, jobs)))

        assert held == dict.fromkeys(ids, 1)
        for mail_id in ids:
            assert (mail_of(mail_id).attempts, mail_of(mail_id).abandoned) == (number + 1, number)


@SEEDS
def test_concurrent_reports_of_a_problem_raise_one_alert(shop: RaceShop, seed: int) -> None:
    chance, begun = random.Random(seed), now()
    facts = shuffled(chance, [an_alert(n, begun) for n in range(MAILS)])

    def tell(alert: Mail) -> str | None:
        return alert.mail_id if shop.here.outbox.add_once(alert) else None

    told = shop.race(WORKERS, [partial(tell, alert) for alert in facts for _ in range(WORKERS)])

    assert Counter(filter(None, told)) == {alert.mail_id: 1 for alert in facts}
    assert MailRow.count() == MAILS
    shop.judge()
