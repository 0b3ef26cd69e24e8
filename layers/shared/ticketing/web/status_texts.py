"""The texts about an order for its buyer: a headline and what happens next, by status. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from ticketing.emails.cancellation import MoneyBack
from ticketing.sentence import sentence


class BuyerStatus(StrEnum):
    """What an order looks like to its buyer."""

    PAYING = "paying"
    CHECKING = "checking"
    PREPARING = "preparing"
    COMPLETED = "completed"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    EXPIRED = "expired"
    FAILED = "failed"
    REVIEW = "review"


@dataclass(frozen=True)
class StatusText:
    """A headline, what happens next, and how many seconds to wait before asking again."""

    headline: str
    text: str
    next_poll_seconds: int


STATUS_TEXTS = {
    BuyerStatus.PAYING: StatusText(
        sentence("Waiting for your payment"),
        sentence(
            "If you have paid already, do not pay again: we are asking SumUp and your tickets come "
            "by email within minutes. If you have not, you can go on to the payment."
        ),
        5,
    ),
    BuyerStatus.CHECKING: StatusText(
        sentence("We are checking your payment"),
        sentence(
            "SumUp has not answered us yet. Do not pay again. You can close this page: your "
            "tickets come by email as soon as the payment is confirmed."
        ),
        10,
    ),
    BuyerStatus.PREPARING: StatusText(
        sentence("We are getting your tickets ready"),
        sentence(
            "There is nothing to pay. Your tickets appear here in a few seconds and come by email."
        ),
        4,
    ),
    BuyerStatus.COMPLETED: StatusText(
        sentence("Your tickets are ready"),
        sentence("Your payment is confirmed and your tickets are valid."),
        30,
    ),
    BuyerStatus.REFUNDED: StatusText(
        sentence("Your money is back with you"),
        sentence(
            "The payment for this order was refunded, or taken back by the bank, so its tickets "
            "are void: their codes no longer admit anyone. It may take a few days until the money "
            "shows in your account."
        ),
        60,
    ),
    BuyerStatus.CANCELLED: StatusText(
        sentence("This event is cancelled"),
        sentence("Your tickets are void: their codes no longer admit anyone."),
        60,
    ),
    BuyerStatus.DECLINED: StatusText(
        sentence("Your payment did not go through"),
        sentence(
            "As far as we know, no money was taken. You can try again with the same card or "
            "another one; your places are kept until the time below."
        ),
        10,
    ),
    BuyerStatus.EXPIRED: StatusText(
        sentence("This order was not paid in time"),
        sentence(
            "Its places are on sale again. If you did pay, do not pay again: we will notice and "
            "write to you. Otherwise you are welcome to order again."
        ),
        60,
    ),
    BuyerStatus.FAILED: StatusText(
        sentence("This order was not paid"),
        sentence(
            "Its payments did not go through and the time to pay is over. You are welcome to order "
            "again."
        ),
        60,
    ),
    BuyerStatus.REVIEW: StatusText(
        sentence("We are looking into your payment"),
        sentence(
            "One of us has to check this payment. Do not pay again. We will write to you as soon "
            "as it is settled."
        ),
        60,
    ),
}


GIVEN_BACK = StatusText(
    sentence("Your money is back with you"),
    sentence(
        "There are no tickets for this order, and nothing to pay for it any more. It may take a "
        "few days until the money shows in your account."
    ),
    60,
)
"""For a payment that bought no tickets, when all the money we know of is back with the buyer."""

GIVEN_UP = StatusText(
    sentence("You cancelled this order"),
    sentence("Nothing was paid, and its places are on sale again. You are welcome to order again."),
    60,
)

REJECTED = StatusText(
    sentence("We could not accept this order"),
    sentence(
        "There are no tickets for it, and its places are on sale again. If money was taken, you "
        "will get it back: we will write to you about it."
    ),
    60,
)
"""For an order that an operator closed; it is not known here whether money was paid."""


OFF_SALE = StatusText(
    sentence("These tickets are no longer on sale"),
    sentence(
        "This order cannot be paid any more. If you have paid already, do not pay again: your "
        "tickets come by email within minutes."
    ),
    30,
)

CANCELLED = StatusText(
    sentence("This event is cancelled"),
    sentence(
        "This order cannot be paid any more. If you have paid already, do not pay again: we will "
        "write to you about your money."
    ),
    30,
)
"""For orders that wait for a payment, as is the one above."""

_CANCELLED = sentence("This event is cancelled")
OF_A_CANCELLED_EVENT = {
    MoneyBack.NOTHING: StatusText(
        _CANCELLED,
        sentence(
            "This order is closed. As far as we know, nothing was paid for it. If you did pay, do "
            "not pay again: we will notice and write to you."
        ),
        60,
    ),
    MoneyBack.DONE: StatusText(
        _CANCELLED,
        sentence(
            "Your money is on its way back to you, and there are no valid tickets any more. It may "
            "take a few days until the money shows in your account."
        ),
        60,
    ),
    MoneyBack.COMING: StatusText(
        _CANCELLED,
        sentence(
            "Your tickets are void. You get back everything you paid: we will write to you as soon "
            "as the money is on its way."
        ),
        60,
    ),
    MoneyBack.IN_CASH: StatusText(
        _CANCELLED,
        sentence(
            "Your tickets are void. You paid in cash, and the organiser hands it back to you: "
            "contact us to ask how."
        ),
        60,
    ),
    MoneyBack.LOOKED_INTO: StatusText(
        _CANCELLED,
        sentence(
            "We are looking into your payment. Do not pay again. We will write to you as soon as "
            "it is settled."
        ),
        60,
    ),
    MoneyBack.KEPT: StatusText(
        _CANCELLED,
        sentence(
            "Your tickets are void. Your money is not refunded automatically: contact us to ask "
            "what the organiser offers instead."
        ),
        60,
    ),
}
"""Used once an operator has cancelled the event for good, by what becomes of the money."""

FREE_AND_CLOSED = StatusText(_CANCELLED, sentence("There are no tickets for this order."), 60)

IN_THE_MAKING = StatusText(
    sentence("Your payment is confirmed"),
    sentence("Your tickets are being made. They appear here in a moment and come by email."),
    4,
)
"""For an order that is complete, but has no PDF yet."""

SOME_VOID = StatusText(
    sentence("Your tickets are ready"),
    sentence(
        "Some tickets of this order are void, and their codes no longer admit anyone: use only "
        "those on this page."
    ),
    30,
)

MADE_VOID = StatusText(
    sentence("The tickets of this order are void"),
    sentence("Their codes no longer admit anyone. If you did not expect this, please contact us."),
    60,
)
"""For tickets that an operator made void, when the money that was left was kept."""

NO_TICKETS = StatusText(
    sentence("No tickets were issued for this order"),
    sentence("Its places are on sale again. You are welcome to order again."),
    60,
)
"""For an order that costs nothing, as are the next ones: none of them mentions a payment."""

OF_NOTHING_TO_PAY = {
    BuyerStatus.COMPLETED: StatusText(
        sentence("Your tickets are ready"),
        sentence("Your order is complete and your tickets are valid."),
        30,
    ),
    BuyerStatus.REFUNDED: StatusText(
        sentence("This order was cancelled"),
        sentence("Its tickets are void: their codes no longer admit anyone."),
        60,
    ),
    BuyerStatus.CANCELLED: STATUS_TEXTS[BuyerStatus.CANCELLED],
    BuyerStatus.EXPIRED: NO_TICKETS,
    BuyerStatus.FAILED: NO_TICKETS,
    BuyerStatus.REVIEW: StatusText(
        sentence("We are looking into your order"),
        sentence("One of us has to check it. We will write to you as soon as it is settled."),
        60,
    ),
}
"""Used instead of `STATUS_TEXTS` if there was nothing to pay."""


RETURN_TEXTS = {
    BuyerStatus.PAYING: StatusText(
        sentence("Waiting for your payment"),
        sentence(
            "If you paid, your tickets come by email within minutes: do not pay again. If you did "
            "not, open your order with its link, and pay there."
        ),
        5,
    ),
    BuyerStatus.PREPARING: StatusText(
        sentence("We are getting your tickets ready"),
        sentence("Your tickets come by email within minutes."),
        10,
    ),
    BuyerStatus.COMPLETED: StatusText(
        sentence("Your tickets are ready"),
        sentence(
            "Your payment is confirmed, and your tickets were sent by email. Not there? Look in "
            "the spam folder too."
        ),
        60,
    ),
    BuyerStatus.DECLINED: StatusText(
        sentence("Your payment did not go through"),
        sentence(
            "As far as we know, no money was taken. You can try again: open your order with its "
            "link, and pay there."
        ),
        10,
    ),
}
"""Used instead for a buyer who came back without the order's token, and has nothing to press."""

RETURN_IN_THE_MAKING = StatusText(
    sentence("Your payment is confirmed"),
    sentence("Your tickets come by email within minutes."),
    10,
)
RETURN_UNDELIVERED = StatusText(
    sentence("Your tickets are ready"),
    sentence(
        "Your payment is confirmed and your tickets are valid, but the email with them did not "
        "arrive. Open your order with its link, or contact us."
    ),
    60,
)
