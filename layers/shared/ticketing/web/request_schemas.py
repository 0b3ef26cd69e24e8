"""The documents that buyers' pages send."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ticketing.language import Language
from ticketing.orders.basket import Basket, Wanted
from ticketing.web.fields import EVENT_ID_PATTERN, Address, PersonName

MOST_PER_LINE = 10


def _whole(number: object) -> object:
    """Accept 2.0 as 2, since JSON has one kind of number; text and booleans are not numbers."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


class Document(BaseModel):
    """A request. Unknown fields are refused, because a price might be among them."""

    model_config = ConfigDict(extra="forbid")


class LineIn(Document):
    """A ticket type, and how many tickets of it."""

    sku: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$", examples=["general"])]
    quantity: Annotated[
        int, Field(ge=1, le=MOST_PER_LINE, strict=True, examples=[2]), BeforeValidator(_whole)
    ]


class CustomerIn(Document):
    """The buyer."""

    name: PersonName
    email: Address
    language: Annotated[Language, Field(description="The language of tickets and mails.")] = (
        Language.ENGLISH
    )


class OrderIn(Document):
    """A basket."""

    event_id: Annotated[str, Field(pattern=EVENT_ID_PATTERN, examples=["5"])]
    lines: Annotated[list[LineIn], Field(min_length=1, max_length=10)]
    customer: CustomerIn
    agreed: Annotated[
        bool,
        Field(
            strict=True, description="To `terms` and `refunds`, if the event asks for `consent`."
        ),
    ] = False

    def basket(self) -> Basket:
        lines = tuple(Wanted(line.sku, line.quantity) for line in self.lines)
        customer = self.customer
        name, email, language = customer.name, customer.email, customer.language
        return Basket(self.event_id, lines, name, email, language, self.agreed)


class EmailIn(Document):
    """The new address of an order."""

    email: Address


class LostIn(Document):
    """The address of a buyer who lost their tickets."""

    email: Address
