"""Every error that this package raises on purpose, as one tree. The type tells what to do.

TicketingError
  MissingSetting, FunctionFailed, InvalidMoney
  OrderError
    OrderNotFound, UnreadableOrder, IllegalTransition, OrderChanged, SeatsGone, NotPayable
    NotGivenUp, NothingToGiveBack, AddressFixed, BuyerErased, MailUnwanted, NotDecidable
    AlreadyIssued, NotStorable, TicketsMissing
    MailOutdated
      ReminderOutdated
    NotIssued
      TicketsVoid
  LimitReached
    TooManyOrders, TooManyUnpaid, TooManyAttempts, TooManyResends, TooManySearches
  OutOfTime, NotQueued, PaymentClaimed, TooManyAtOnce, NotErased, UnusableNote
  BodyTooLarge, WrongMediaType, UnreadableBody, InvalidBasket, RequestReused
  MailNotFound, MailChanged, UnreadableMail, NotReplayable, UnreadableMailEvent, NotOurMessage
  NoMessages
  InvalidAddress
  InvalidQr
    WrongEvent
  NoDoor, DoorClosed, DoorNotFound, DeviceNotRevoked, TicketBusy, UnreadableTicket
  EventNotFound
    UnreadableEvent
  NothingToAnnounce, NotCancellable, NotMovable, ImportRefused, NotForHand
  UnknownOrganiser, UnusableLook, CannotInvite, NotConnected
  PaymentProviderError
    CheckoutNotFound, TransactionNotFound, CheckoutNotDeactivated, DuplicateCheckout
    AccessForbidden, ReconnectNeeded
    AccessRefused
      ClientRefused
    PaymentProviderUnavailable
      UnreadableAnswer, RequestBlocked, NoTurn
  SendFailed
    SendingPaused, SendRejected, SendOutcomeUnknown
    SendThrottled
      DailyQuotaSpent
"""

import copyreg
from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, dataclass_transform

from ticketing.sentence import Sentence, sentence


class Refusal(StrEnum):
    """Why an organiser was not connected."""

    INVITATION = "the invitation is unknown, used or expired"
    SIGN_IN = "the sign-in is unknown, used, expired or another browser's"
    DENIED = "the organiser declined"
    CODE = "SumUp did not accept its own code"
    SCOPES = "a permission is missing"
    NO_MERCHANT = "no merchant account belongs to this user"
    SEVERAL_MERCHANTS = "several merchant accounts belong to this user"
    ANOTHER_MERCHANT = "it is another merchant account"
    CURRENCY = "the merchant account has another currency"
    UNAVAILABLE = "SumUp did not answer"
    NOT_SET_UP = "our own application is not set up"


@dataclass_transform(eq_default=False)
class TicketingError(Exception):
    """Base of every error that this package raises on purpose.

    An error declares its attributes as a dataclass does, and `message` is formatted with them.
    (A real dataclass costs a millisecond per class to define, at every cold start.)
    """

    message: ClassVar[str] = "{problem}"
    _attributes: ClassVar[tuple[str, ...]] = ("problem",)

    def __init_subclass__(cls) -> None:
        inherited = () if TicketingError in cls.__bases__ else cls._attributes
        cls._attributes = (*inherited, *cls.__annotations__)

    def __init__(self, *values: object, **named: object) -> None:
        vars(self).update(zip(self._attributes[: len(values)], values, strict=True), **named)
        super().__init__(self.message.format(**self._shown()))

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and unpickle without `__init__`, which takes attributes instead of the message."""
        return copyreg.__newobj__, (type(self), *self.args), vars(self)  # type: ignore[attr-defined]  # missing in typeshed

    @property
    def sentence(self) -> Sentence:
        """The message as a sentence that can be translated."""
        return sentence(self.message, **self._shown())

    @property
    def attributes(self) -> dict[str, object]:
        """The attributes by name, as the constructor takes them."""
        return {name: getattr(self, name) for name in self._attributes}

    def _shown(self) -> dict[str, object]:
        """Return the attributes as `message` shows them."""
        return self.attributes


class _SeveralProblems(TicketingError):
    """Base of errors that list all problems, so that they can be fixed in one go."""

    problems: Sequence[str]

    def _shown(self) -> dict[str, object]:
        return {"problems": "; ".join(self.problems)}


class MissingSetting(_SeveralProblems):
    """Raised when settings, secrets or keys are missing or unusable."""

    message = "the configuration is incomplete: {problems}"


class FunctionFailed(TicketingError):
    """Raised in place of an unexpected error, whose message may quote a request."""

    problem: str


class InvalidMoney(TicketingError):
    message = "amount {amount} {currency!r} {problem}"
    amount: Decimal
    currency: str
    problem: str


class OrderError(TicketingError):
    """Base of errors about one order, or a request for it."""

    order_number: str


class OrderNotFound(OrderError):
    message = "there is no order {order_number}"


class UnreadableOrder(OrderError):
    """Raised when an order's row lacks a field or contradicts itself: we do not guess at money."""

    message = "order {order_number} cannot be read: {problem}"
    problem: str


class IllegalTransition(OrderError):
    """Raised for a change of status that is not legal: a mistake in our own code."""

    message = "order {order_number} is {before} and cannot become {after}"
    before: str
    after: str


class OrderChanged(OrderError):
    """Raised when an order changed between our read and our write. Nothing was written."""

    message = sentence("order {order_number} changed while it was being settled")


class SeatsGone(OrderError):
    """Raised when an order needs seats that are not left. Nothing was written."""

    message = "no seats are left for order {order_number}"


class NotPayable(OrderError):
    """Raised when an order cannot be paid now. The buyer reads the reason."""

    message = "{reason}"
    reason: str


class NotGivenUp(OrderError):
    """Raised when a buyer cannot give up an order. They read the reason."""

    message = "{reason}"
    reason: str


class NothingToGiveBack(OrderError):
    """Raised when a buyer cannot ask for their money back. They read the reason."""

    message = "{reason}"
    reason: str


class AddressFixed(OrderError):
    """Raised when a buyer cannot change the address of an order. They read the reason."""

    message = "{reason}"
    reason: str


class BuyerErased(OrderError):
    message = "the buyer of order {order_number} was erased, so no mail can be sent"


class MailUnwanted(OrderError):
    """Raised when a buyer who marked our mail as spam asks for another one."""

    message = sentence(
        "our email was marked as spam, so we send no more of it; "
        "your tickets are on this page, and they are valid"
    )


class MailOutdated(OrderError):
    """Raised for a mail that must not be sent: its order has another address by now."""

    message = "the buyer of order {order_number} has another address by now"


class ReminderOutdated(MailOutdated):
    """Raised for a reminder that helps nobody any more."""

    message = "{problem}"
    problem: str


class OutOfTime(TicketingError):
    """Raised for a message that a function gives back because it has no time left."""

    message = "no time is left for it"


class LimitReached(TicketingError):
    """Base of refusals by a limit. Nothing was written; try again after `wait_seconds`."""

    wait_seconds: int


class TooManyOrders(LimitReached):
    """Raised when a buyer has as many orders as one buyer may have."""

    message = "{reason}"
    reason: str


class TooManyUnpaid(LimitReached):
    """Raised when so many seats of an event wait for a payment that no more are held."""

    message = sentence(
        "many tickets for this event are being paid for right now; those that nobody pays for come "
        "back within minutes"
    )


class TooManyAttempts(LimitReached):
    message = sentence(
        "an attempt to pay this order began a moment ago; please wait {wait_seconds} seconds"
    )


class TooManyResends(LimitReached):
    message = "{reason}"
    reason: str


class TooManySearches(LimitReached):
    message = "too many searches from this device; wait a minute"


class NotQueued(TicketingError):
    """Raised for a request that could not be queued. The sender has to repeat it."""

    message = sentence("your request did not get through; please try again soon")


class NotDecidable(OrderError):
    """Raised when an order does not allow what a person asks for. Nothing was written."""

    message = "order {order_number}: {problem}"
    problem: str


class AlreadyIssued(OrderError):
    message = "tickets or their mail exist for {order_number}, which is not completed"


class NotStorable(OrderError):
    """Raised when DynamoDB would refuse a write however often it is tried. Nothing was written."""

    message = "order {order_number} cannot be stored: {problem}"
    problem: str


class TicketsMissing(OrderError):
    """Raised when a completed order has too few tickets: we never mail an incomplete set."""

    message = "order {order_number} is for {wanted} tickets, {found} exist"
    wanted: int
    found: int


class NotIssued(OrderError):
    message = sentence("the tickets of this order are not ready")


class TicketsVoid(NotIssued):
    message = sentence("the tickets of this order are void")


class PaymentClaimed(TicketingError):
    """Raised when a payment belongs to another order already, `owner`. Nothing was written."""

    message = "payment {transaction_id} of {order_number} belongs to {owner}"
    transaction_id: str
    order_number: str
    owner: str


class TooManyAtOnce(TicketingError):
    """Raised when too many buyers take seats of one kind at the same time. Nothing was written."""

    message = sentence("many people are ordering right now; please try again in a moment")


class NotErased(TicketingError):
    """Raised when objects could not be removed; `code` is S3's reason for the first of them."""

    message = "some objects below {prefix} were not removed: {code}"
    prefix: str
    code: str


class UnusableNote(TicketingError):
    """Raised for a reason that must not enter an audit trail, which can never be corrected."""

    problem: str


class BodyTooLarge(TicketingError):
    message = "the body of a request has at most {largest} bytes"
    largest: int


class WrongMediaType(TicketingError):
    """Raised for a request with another media type than we read; that type is not quoted."""

    message = "the body of a request is {wanted}, and Content-Type says so"
    wanted: str


class UnreadableBody(TicketingError):
    message = "the body cannot be read: {reason}"
    reason: str


class InvalidBasket(TicketingError):
    """Raised for a basket that cannot become an order. The buyer reads the reason."""

    message = "{field}: {reason}"
    field: str
    reason: str


class RequestReused(TicketingError):
    """Raised when an idempotency key is used again with another basket. Keys are secret."""

    message = sentence("this idempotency key was used for another request")


class MailNotFound(TicketingError):
    message = "there is no mail {mail_id}"
    mail_id: str


class MailChanged(TicketingError):
    message = "the mail {mail_id} changed while it was being worked on"
    mail_id: str


class UnreadableMail(TicketingError):
    message = "mail {mail_id} cannot be read: {problem}"
    mail_id: str
    problem: str


class NotReplayable(TicketingError):
    """Raised when a mail cannot be made due again. Nothing was written."""

    message = "mail {mail_id}: {problem}"
    mail_id: str
    problem: str


class UnreadableMailEvent(TicketingError):
    """Raised for a notification that SES would not send. It may have addresses: never quote it."""

    message = "this is not an event of SES: {problem}"
    problem: str


class NotOurMessage(TicketingError):
    """Raised for a queue message without the text that ours have in `field`; never quote it."""

    message = "the message is not a JSON object with a text {field!r}"
    field: str


class NoMessages(TicketingError):
    """Raised for an event that is not a batch of messages, as from a trigger that is not ours."""

    message = "the event has no messages of a queue"


class InvalidAddress(TicketingError):
    """Raised for a text that is not exactly one mail address. It is personal: never quote it."""

    message = sentence("this is not one email address: {problem}")
    problem: str


class InvalidQr(TicketingError):
    """Raised for an invalid QR text. It may be somebody's ticket all the same: never quote it."""

    message = "this is not a valid ticket: {reason}"
    reason: str


class WrongEvent(InvalidQr):
    """Raised for a QR text for another event, before its signature is checked."""

    def __init__(self, event_id: str) -> None:
        super().__init__(f"it is for event {event_id}")
        self.event_id = event_id


class NoDoor(TicketingError):
    """Raised when no device can be added. Nothing was written."""

    message = "{problem}"
    problem: str


class DoorClosed(TicketingError):
    """Raised for a request that its device may not make. `reason` is a code for the page."""

    message = "this device may not do that: {reason}"
    reason: str


class DoorNotFound(TicketingError):
    """Raised for a link or device that opens no door: unknown, used, revoked or too old.

    The message is the same for all of them, and for a steward's device that searches.
    """

    message = "there is no such door"


class DeviceNotRevoked(TicketingError):
    """Raised when an operator accepts the scans of a device that is not revoked."""

    message = "device {device_id} is not revoked: `doors revoke {event_id} {device_id}` first"
    device_id: str
    event_id: str


class TicketBusy(TicketingError):
    """Raised when a ticket changed between our read and our write. Nothing was written."""

    message = "ticket {ticket_id} is being changed by somebody else; try again"
    ticket_id: str


class UnreadableTicket(TicketingError):
    message = "ticket {ticket_id} cannot be read: {problem}"
    ticket_id: str
    problem: str


class EventNotFound(TicketingError):
    message = "event {event_id} cannot be read: {problem}"
    event_id: str
    problem: str = "there is no such row"


class UnreadableEvent(EventNotFound):
    """Raised for an event that exists: nobody knows whether it is cancelled, or when it begins."""


class NothingToAnnounce(TicketingError):
    message = "nothing to announce about event {event_id}: {reason}"
    event_id: str
    reason: str


class NotCancellable(TicketingError):
    """Raised for an event that cannot be cancelled, or not like that. Nothing was written."""

    message = "event {event_id} was not cancelled: {reason}"
    event_id: str
    reason: str


class NotMovable(TicketingError):
    """Raised for an event that cannot be moved, or not like that. Nothing was written."""

    message = "event {event_id} was not moved: {reason}"
    event_id: str
    reason: str


class NotForHand(TicketingError):
    """Raised for tickets that an operator cannot hand out. Nothing was written."""

    message = "event {event_id}: {problem}"
    event_id: str
    problem: str


class ImportRefused(_SeveralProblems):
    """Raised for a file of events with mistakes. Nothing was written."""

    message = "nothing was imported: {problems}"


class UnknownOrganiser(TicketingError):
    """Raised when an organiser's row cannot be read, or has no tokens."""

    message = "organiser {organiser_id} has no SumUp connection: {problem}"
    organiser_id: str
    problem: str = "no tokens are stored"


class UnusableLook(TicketingError):
    """Raised for a colour or a logo that cannot be printed on tickets."""

    problem: str


class CannotInvite(TicketingError):
    """Raised when an operator describes an organiser that cannot be invited."""

    problem: str


class NotConnected(TicketingError):
    """Raised when an organiser was not connected to SumUp. No token was stored.

    `expected` and `found` say what differs; they never hold a token or a code.
    """

    message = "SumUp was not connected: {refusal}{difference}"
    refusal: Refusal
    expected: str = ""
    found: str = ""

    def _shown(self) -> dict[str, object]:
        differs = f" (expected {self.expected}, found {self.found})"
        return {
            "refusal": self.refusal,
            "difference": differs if self.expected or self.found else "",
        }


class PaymentProviderError(TicketingError):
    """Raised for an answer from SumUp that we do not accept. It proves nothing about a payment."""

    problem: str
    status: int | None = None
    error_code: str | None = None


class CheckoutNotFound(PaymentProviderError):
    """Raised on 404: unknown, or another merchant's. It does not prove that nothing was paid."""


class TransactionNotFound(PaymentProviderError):
    """Raised on 404 for a transaction, as happens for a while after a payment: it is no proof."""


class CheckoutNotDeactivated(PaymentProviderError):
    """Raised on 409 to a DELETE: the checkout was processed, or a payment is under way."""


class DuplicateCheckout(PaymentProviderError):
    """Raised on 409 to creating a checkout: this reference has one already."""


class AccessForbidden(PaymentProviderError):
    """Raised on 403: the scope is not granted, or the merchant is not enabled."""


class ReconnectNeeded(PaymentProviderError):
    """Raised when SumUp refuses the refresh token: the organiser must connect again."""


class AccessRefused(PaymentProviderError):
    """Raised on 401: the token expired, was revoked, lacks a scope or is another merchant's."""


class ClientRefused(AccessRefused):
    """Raised when SumUp refuses our own client id or secret, which stops every organiser."""


class PaymentProviderUnavailable(PaymentProviderError):
    """Raised on a timeout, a broken connection, 429 or 5xx: retry later.

    `retry_after` is for how many seconds SumUp asks us to wait, if it does.
    """

    retry_after: float | None = None


class UnreadableAnswer(PaymentProviderUnavailable):
    """Raised when an answer is not the JSON document it should be, or is too large."""


class RequestBlocked(PaymentProviderUnavailable):
    """Raised when SumUp's firewall refuses a request before its API sees it."""


class NoTurn(PaymentProviderUnavailable):
    """Raised when too many calls were under way for too long. SumUp was not asked."""


class SendFailed(TicketingError):
    """Base of the reasons why SES did not accept a mail; `problem` never quotes the mail."""

    problem: str


class SendingPaused(SendFailed):
    """Raised when the account or the domain may not send at all. Nothing was sent."""


class SendRejected(SendFailed):
    """Raised when SES refuses this mail: sending the same again is useless."""


class SendOutcomeUnknown(SendFailed):
    """Raised when SES's answer was lost, so that the mail may have been sent."""


class SendThrottled(SendFailed):
    """Raised when SES asks us to slow down. Nothing was sent; retry soon."""


class DailyQuotaSpent(SendThrottled):
    """Raised when the 24-hour quota is used up. Nothing was sent, and nothing will be for hours."""
