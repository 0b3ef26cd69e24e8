"""The types of values in the API's documents, as pydantic checks and OpenAPI describes them."""

from typing import Annotated

from pydantic import AfterValidator, Field

from ticketing.emails.address import single_address
from ticketing.errors import InvalidAddress
from ticketing.events.event import EVENT_ID
from ticketing.orders.order import ORDER_NUMBER
from ticketing.sentence import sentence
from ticketing.text import LONGEST_NAME, clean

LONGEST_ADDRESS = 254
EVENT_ID_PATTERN = f"^{EVENT_ID.pattern}$"
ORDER_NUMBER_PATTERN = f"^{ORDER_NUMBER.pattern}$"


def _one_address(text: str) -> str:
    try:
        return single_address(text.strip())
    except InvalidAddress as error:
        raise ValueError(error.sentence) from None


def _name(text: str) -> str:
    name = clean(text)
    if not name:
        raise ValueError(sentence("a name needs at least one letter that can be seen"))
    return name


Address = Annotated[
    str,
    Field(
        max_length=LONGEST_ADDRESS,
        description="One mail address that SES can deliver to. The domain may be an international "
        "one; the part before the @ is ASCII and not quoted.",
        json_schema_extra={"format": "address"},
        examples=["jane@example.com"],
    ),
    AfterValidator(_one_address),
]
PersonName = Annotated[
    str,
    Field(
        max_length=LONGEST_NAME,
        description="Printed on tickets: at least one visible character. Any whitespace "
        "counts as one space, and characters that print nothing are left out.",
        json_schema_extra={"format": "person-name"},
        examples=["Jane Doe"],
    ),
    AfterValidator(_name),
]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Link = Annotated[str, Field(json_schema_extra={"format": "uri"})]
OwnLink = Annotated[str, Field(json_schema_extra={"format": "uri-reference"})]
OrderNumber = Annotated[str, Field(pattern=ORDER_NUMBER_PATTERN)]
Count = Annotated[int, Field(ge=0)]
