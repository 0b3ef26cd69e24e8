"""What a request about an order says: its number, and the token that opens it."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Header, Path, Query

from ticketing.web.fields import ORDER_NUMBER_PATTERN

Number = Annotated[
    str,
    Path(
        pattern=ORDER_NUMBER_PATTERN,
        description="The order's number.",
        examples=["ORD-ABC123"],
    ),
]
Token = Annotated[str, Header(alias="X-Order-Token", max_length=64, description="Opens the order.")]
LinkToken = Annotated[str, Query(max_length=64, description="Opens the order.")]
