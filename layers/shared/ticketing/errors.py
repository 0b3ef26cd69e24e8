"""Everything that can go wrong, as one tree; what to do about it follows from the type.

TicketingError
  MissingSetting                 the deployment is incomplete
  FunctionFailed                 nobody foresaw it; says what kind and where
  InvalidMoney
  OrderNotFound
  UnreadableOrder                a row somebody wrote by halves
  IllegalTransition              a change of status that is no legal move: a mistake of ours
  OrderChanged                   a condition failed: read again, decide again
  PaymentClaimed                 one payment, two orders
  SeatsGone
  BodyTooLarge                   a request's body is more than we read
  WrongMediaType                 a request's body claims to be something else than JSON
  UnreadableBody                 a request's body is not what it claims to be
  InvalidBasket                  for the buyer to mend
  RequestReused                  one idempotency key, two baskets
  NotPayable                     no new attempt to pay may begin
  NotIssued                      there are no tickets (yet)
    TicketsVoid                  not any more: their money went back
  TooManyResends
  MailUnwanted                   the buyer marked our mail as spam
  AlreadyIssued                  tickets without a completed order
  NothingToAnnounce              an event has no news for its buyers
  MailNotFound
  EventNotFound
  TicketsMissing                 a completed order without all its tickets
  MailChanged                    as OrderChanged
  UnreadableMailEvent            not what SES tells about a mail
  NotOurMessage                  a queue message we did not write
  InvalidAddress                 not exactly one mail address
  InvalidQr                      not a ticket of ours, or not any more
    WrongEvent
  UnknownOrganiser
  UnusableLook                   a colour or logo that tickets cannot have
  CannotInvite                   an organiser as the command line describes it cannot be
  NotConnected                   connecting SumUp came to nothing; says why
  ImportRefused                  a file of events has mistakes; lists them all
  PaymentProviderError           SumUp answered something we do not accept
    CheckoutNotFound
    TransactionNotFound
    CheckoutNotDeactivated       the checkout is processed, or being paid right now
    DuplicateCheckout
    AccessRefused                401: the token is not good for this
      ClientRefused              our own client id or secret is wrong: every organiser is hit
    AccessForbidden              403: scope or merchant not enabled
    ReconnectNeeded              the organiser must authorise us again
    PaymentProviderUnavailable   could not read: safe to ask again later
      UnreadableAnswer           HTML, half a body, 5 MB, NaN
      RequestBlocked             SumUp's firewall, not its API
  SendFailed
    SendThrottled                definite: nothing was sent, try again soon
      DailyQuotaSpent            the same, but soon is hours away
    SendingPaused                definite: nothing goes out for anybody
    SendRejected                 definite: this mail will never be accepted as it is
    SendOutcomeUnknown           it may or may not have been sent
"""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum


class Refusal(StrEnum):
    """Why an organiser was not connected."""

    INVITATION = "the invitation is unknown, used or too old"
    SIGN_IN = "the sign-in is unknown, used or too old"
    DENIED = "the organiser said no"
    CODE = "SumUp did not accept its own code"
    SCOPES = "a permission is missing"
    NO_MERCHANT = "no merchant account belongs to this user"
    SEVERAL_MERCHANTS = "several merchant accounts belong to this user"
    ANOTHER_MERCHANT = "it is another merchant account"
    CURRENCY = "the merchant account has another currency"
    UNAVAILABLE = "SumUp could not be asked"
    NOT_SET_UP = "our own application is not set up"


class TicketingError(Exception):
    """Base of every error this product raises on purpose."""


class MissingSetting(TicketingError):
    """Raised at start-up when the environment lacks something or holds nonsense."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Take one sentence per problem, so that all can be mended in one go."""
        self.problems = tuple(problems)
        super().__init__("the configuration is incomplete: " + "; ".join(problems))


class FunctionFailed(TicketingError):
    """Raised in place of an error nobody foresaw, whose own words may quote a request."""


class InvalidMoney(TicketingError):
    """Raised for an amount its currency cannot express."""

    def __init__(self, amount: Decimal, currency: str, problem: str) -> None:
        """Keep amount and currency as given."""
        self.amount, self.currency = amount, currency
        super().__init__(f"amount {amount} {currency!r} {problem}")


class OrderNotFound(TicketingError):
    """Raised when no order has this number."""

    def __init__(self, order_number: str) -> None:
        """Keep the number asked for."""
        self.order_number = order_number
        super().__init__(f"there is no order {order_number}")


class UnreadableOrder(TicketingError):
    """Raised when an order's row lacks a field or contradicts itself; money is never guessed."""

    def __init__(self, order_number: str, problem: str) -> None:
        """Keep the number and what is wrong in words."""
        self.order_number, self.problem = order_number, problem
        super().__init__(f"order {order_number} cannot be read: {problem}")


class IllegalTransition(TicketingError):
    """Raised when code of ours would change an order's status in a way that is no legal move."""

    def __init__(self, order_number: str, before: str, after: str) -> None:
        """Keep the number and both statuses."""
        self.order_number, self.before, self.after = order_number, before, after
        super().__init__(f"order {order_number} is {before} and cannot become {after}")


class OrderChanged(TicketingError):
    """Raised when the order moved on between our read and our write; nothing was written."""

    def __init__(self, order_number: str) -> None:
        """Keep the number."""
        self.order_number = order_number
        super().__init__(f"order {order_number} changed while it was being settled")


class PaymentClaimed(TicketingError):
    """Raised when a payment already stands for another order; nothing was written."""

    def __init__(self, transaction_id: str, order_number: str, owner: str) -> None:
        """Keep the transaction, the order that wanted it and the order that has it."""
        self.transaction_id, self.order_number, self.owner = transaction_id, order_number, owner
        super().__init__(f"payment {transaction_id} of {order_number} belongs to {owner}")


class SeatsGone(TicketingError):
    """Raised when a late payment needs seats that were sold meanwhile; nothing was written."""

    def __init__(self, order_number: str) -> None:
        """Keep the number."""
        self.order_number = order_number
        super().__init__(f"no seats are left for order {order_number}")


class TooManyAtOnce(TicketingError):
    """Raised when so many take seats of the same kind that an order did not get through.

    Nothing was written.
    """

    def __init__(self) -> None:
        """Say it to the buyer."""
        super().__init__("many people are ordering right now; please try again in a moment")


class BodyTooLarge(TicketingError):
    """Raised for a request whose body is more than we read."""

    def __init__(self, largest: int) -> None:
        """Keep the limit in bytes."""
        self.largest = largest
        super().__init__(f"the body of a request has at most {largest} bytes")


class WrongMediaType(TicketingError):
    """Raised for a request whose body is not said to be of the one type we read."""

    def __init__(self, wanted: str) -> None:
        """Keep the type we read; the other one is a stranger's text and stays out."""
        self.wanted = wanted
        super().__init__(f"the body of a request is {wanted}, and Content-Type says so")


class UnreadableBody(TicketingError):
    """Raised for a request whose body cannot be read as what it is said to be."""

    def __init__(self, reason: str) -> None:
        """Keep the reason in words."""
        self.reason = reason
        super().__init__(f"the body cannot be read: {reason}")


class InvalidBasket(TicketingError):
    """Raised for a basket that cannot become an order; shown to the buyer."""

    def __init__(self, field: str, reason: str) -> None:
        """Keep the field and the reason in the buyer's words."""
        self.field, self.reason = field, reason
        super().__init__(f"{field}: {reason}")


class RequestReused(TicketingError):
    """Raised when an idempotency key comes again with another request."""

    def __init__(self) -> None:
        """There is nothing to keep: the key is the caller's secret."""
        super().__init__("this idempotency key was used for another request")


class NotPayable(TicketingError):
    """Raised when an order may not be paid (again) now; the reason is for the buyer."""

    def __init__(self, order_number: str, reason: str) -> None:
        """Keep the number and the reason."""
        self.order_number, self.reason = order_number, reason
        super().__init__(reason)


class NotIssued(TicketingError):
    """Raised when tickets are asked for that do not exist, or not yet."""

    def __init__(self, order_number: str) -> None:
        """Keep the number."""
        self.order_number = order_number
        super().__init__("the tickets of this order are not ready")


class TicketsVoid(NotIssued):
    """Raised when tickets are asked for whose money went back to the buyer."""

    def __init__(self, order_number: str) -> None:
        """Say it to the buyer."""
        super().__init__(order_number)
        self.args = ("the money for this order went back, so its tickets are void",)


class BuyerErased(TicketingError):
    """Raised when an order is to be written to whose buyer nobody knows any more."""

    def __init__(self, order_number: str) -> None:
        """Keep the number."""
        self.order_number = order_number
        super().__init__(f"the buyer of order {order_number} was erased: nobody is written to")


class NotErased(TicketingError):
    """Raised when the bucket would not remove everything it was asked to."""

    def __init__(self, prefix: str, code: str) -> None:
        """Keep where, and the code of the first object that stays."""
        self.prefix, self.code = prefix, code
        super().__init__(f"some objects below {prefix} were not removed: {code}")


class TooManyResends(TicketingError):
    """Raised when the tickets of an order were sent again often enough."""

    def __init__(self, order_number: str) -> None:
        """Keep the number."""
        self.order_number = order_number
        super().__init__(
            "the tickets of this order were sent often enough; it can be done again tomorrow"
        )


class MailUnwanted(TicketingError):
    """Raised when a mail is to go to a buyer who marked one of ours as spam."""

    def __init__(self, order_number: str) -> None:
        """Keep the number."""
        self.order_number = order_number
        super().__init__(
            "our e-mail was marked as spam, so we send no more of it; "
            "your tickets are on this page, and they are valid"
        )


class NotDecidable(TicketingError):
    """Raised when a person wants of an order what cannot be done; nothing was written."""

    def __init__(self, order_number: str, problem: str) -> None:
        """Keep the number and why it cannot be."""
        self.order_number, self.problem = order_number, problem
        super().__init__(f"order {order_number}: {problem}")


class UnusableNote(TicketingError):
    """Raised for a reason that cannot stand in an audit trail, which nobody may change again."""


class NotReplayable(TicketingError):
    """Raised when a mail cannot be put back to be tried again; nothing was written."""

    def __init__(self, mail_id: str, problem: str) -> None:
        """Keep the id and why it cannot be."""
        self.mail_id, self.problem = mail_id, problem
        super().__init__(f"mail {mail_id}: {problem}")


class AlreadyIssued(TicketingError):
    """Raised when tickets or their mail exist for an order that is not completed."""

    def __init__(self, order_number: str) -> None:
        """Keep the number."""
        self.order_number = order_number
        super().__init__(f"tickets or their mail exist for {order_number}, which is not completed")


class NothingToAnnounce(TicketingError):
    """Raised when there is nothing about an event that its buyers have to be told."""

    def __init__(self, event_id: str, reason: str) -> None:
        """Keep the event and the reason in words."""
        self.event_id, self.reason = event_id, reason
        super().__init__(f"nothing to announce about event {event_id}: {reason}")


class MailNotFound(TicketingError):
    """Raised when no outbox row has this id."""

    def __init__(self, mail_id: str) -> None:
        """Keep the id asked for."""
        self.mail_id = mail_id
        super().__init__(f"there is no mail {mail_id}")


class MailChanged(TicketingError):
    """Raised when a mail or its order is not any more as it was read."""

    def __init__(self, mail_id: str) -> None:
        """Keep the id."""
        self.mail_id = mail_id
        super().__init__(f"the mail {mail_id} was changed meanwhile")


class UnreadableMailEvent(TicketingError):
    """Raised when a notification is not what SES tells about a mail."""

    def __init__(self, problem: str) -> None:
        """Keep what is wrong; never a value, for events hold addresses."""
        self.problem = problem
        super().__init__(f"this is no event of SES: {problem}")


class TicketsMissing(TicketingError):
    """Raised when a completed order has fewer tickets than it is for; never mailed by halves."""

    def __init__(self, order_number: str, wanted: int, found: int) -> None:
        """Keep the order and both counts."""
        self.order_number, self.wanted, self.found = order_number, wanted, found
        super().__init__(f"order {order_number} is for {wanted} tickets, {found} exist")


class NotOurMessage(TicketingError):
    """Raised for a queue message that is not of the form we send."""

    def __init__(self, field: str) -> None:
        """Keep the field that should have been there; the body is a stranger's and stays out."""
        self.field = field
        super().__init__(f"the message is not a JSON object with a text {field!r}")


class InvalidAddress(TicketingError):
    """Raised for what is not exactly one deliverable mail address."""

    def __init__(self, problem: str) -> None:
        """Keep what is wrong in words; the address itself is personal and stays out."""
        self.problem = problem
        super().__init__(f"this is not one mail address: {problem}")


class InvalidQr(TicketingError):
    """Raised for a QR text that is malformed, forged or signed with an unknown key."""

    def __init__(self, reason: str) -> None:
        """Keep the reason in words; the text itself may be somebody's ticket and stays out."""
        self.reason = reason
        super().__init__(f"this is not a valid ticket: {reason}")


class WrongEvent(InvalidQr):
    """Raised for a well-formed QR text that names another event than the one at this door."""

    def __init__(self, event_id: str) -> None:
        """Keep the event the ticket names; its signature was not looked at."""
        self.event_id = event_id
        super().__init__(f"it is for event {event_id}")


class EventNotFound(TicketingError):
    """Raised when an order names an event that has no row, or an unreadable one."""

    def __init__(self, event_id: str, problem: str = "there is no such row") -> None:
        """Keep the id asked for."""
        self.event_id = event_id
        super().__init__(f"event {event_id} cannot be read: {problem}")


class UnknownOrganiser(TicketingError):
    """Raised when an order names an organiser without a readable row, or without tokens."""

    def __init__(self, organiser_id: str, problem: str = "no tokens are stored") -> None:
        """Keep the id."""
        self.organiser_id = organiser_id
        super().__init__(f"organiser {organiser_id} has no SumUp connection: {problem}")


class UnusableLook(TicketingError):
    """Raised when tickets cannot have the colour or the logo that an organiser wants."""


class CannotInvite(TicketingError):
    """Raised when an operator describes an organiser that cannot be, or not any more."""


class NotConnected(TicketingError):
    """Raised when connecting an organiser to SumUp came to nothing; no token was stored."""

    def __init__(self, refusal: Refusal, *, expected: str = "", found: str = "") -> None:
        """Keep why, and where two things differ, what they are; never a token or a code."""
        self.refusal, self.expected, self.found = refusal, expected, found
        differ = f" (expected {expected}, found {found})" if expected or found else ""
        super().__init__(f"SumUp was not connected: {refusal}{differ}")


class ImportRefused(TicketingError):
    """Raised when a file of events cannot be taken over; nothing was written."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Take one sentence per mistake, each with its place in the file."""
        self.problems = tuple(problems)
        super().__init__("nothing was imported: " + "; ".join(problems))


class PaymentProviderError(TicketingError):
    """Raised when SumUp answers something we do not accept; says nothing about being paid."""

    def __init__(
        self, problem: str, *, status: int | None = None, error_code: str | None = None
    ) -> None:
        """Keep the HTTP status and SumUp's own code where there are any."""
        self.problem, self.status, self.error_code = problem, status, error_code
        super().__init__(problem)


class CheckoutNotFound(PaymentProviderError):
    """Raised on 404: unknown, or another merchant's. Not proof of being unpaid."""


class TransactionNotFound(PaymentProviderError):
    """Raised on 404 for a transaction; happens for a while after a payment, so proves nothing."""


class CheckoutNotDeactivated(PaymentProviderError):
    """Raised on 409 to a DELETE: already processed, or a payment is under way."""


class DuplicateCheckout(PaymentProviderError):
    """Raised on 409 to a create: this reference has a checkout already."""


class AccessRefused(PaymentProviderError):
    """Raised on 401: the token expired, was revoked, lacks a scope or is another merchant's."""


class ClientRefused(AccessRefused):
    """Raised when the token endpoint does not know us: a fault of the deployment, not a token's."""


class AccessForbidden(PaymentProviderError):
    """Raised on 403: the scope is not granted or the merchant is not enabled."""


class ReconnectNeeded(PaymentProviderError):
    """Raised when the refresh token is dead: only the organiser can help."""


class PaymentProviderUnavailable(PaymentProviderError):
    """Raised on a timeout, a broken connection, 429 or 5xx: could not read, ask again."""

    def __init__(
        self,
        problem: str,
        *,
        status: int | None = None,
        error_code: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        """Keep, in seconds, how long SumUp asks us to wait, where it does."""
        super().__init__(problem, status=status, error_code=error_code)
        self.retry_after = retry_after


class UnreadableAnswer(PaymentProviderUnavailable):
    """Raised when an answer is not the JSON document it should be, or is too large."""


class RequestBlocked(PaymentProviderUnavailable):
    """Raised when SumUp's firewall refuses us before its API sees the request."""


class SendFailed(TicketingError):
    """Base of what SES may do to a mail instead of accepting it."""

    def __init__(self, problem: str) -> None:
        """Keep what SES said, which never contains the mail."""
        self.problem = problem
        super().__init__(problem)


class SendThrottled(SendFailed):
    """Raised when SES asks us to slow down; nothing was sent."""


class DailyQuotaSpent(SendThrottled):
    """Raised when the 24-hour quota is used up; nothing was sent, and nothing will be for hours."""


class SendingPaused(SendFailed):
    """Raised when the account or domain may not send at all; nothing was sent."""


class SendRejected(SendFailed):
    """Raised when SES refuses this very mail; trying the same again is useless."""


class SendOutcomeUnknown(SendFailed):
    """Raised when the answer was lost: the mail may be on its way."""
