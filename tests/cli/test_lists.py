"""Lists of what needs a person, read while mails come and go."""

from types import SimpleNamespace
from typing import Any, cast

from tests.support.builders import NOW, an_order
from ticketing.cli.commands.lists import Item, _mails
from ticketing.emails.mail import MailKind, to_buyer
from ticketing.errors import MailNotFound

MAIL = to_buyer(an_order(), MailKind.CONFIRMATION, NOW)


def _get(mail_id: str) -> object:
    if mail_id == "gone":
        raise MailNotFound(mail_id)
    if mail_id == "misspelt":
        raise ValueError("it lacks recipient")
    return MAIL


def test_a_mail_that_is_gone_is_skipped_and_a_misspelt_one_is_a_line() -> None:
    services = cast("Any", SimpleNamespace(outbox=SimpleNamespace(get=_get)))

    misspelt, mail = _mails(services, ["gone", "misspelt", "there"])

    assert mail is MAIL
    assert isinstance(misspelt, Item)
    assert misspelt.why == "its row cannot be read: it lacks recipient"
