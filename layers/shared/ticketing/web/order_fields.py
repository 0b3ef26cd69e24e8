"""The fields of requests about an order: its number, and the token or code that opens it."""

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
ReturnCode = Annotated[
    str,
    Header(
        alias="X-Return-Code",
        max_length=64,
        description="What SumUp brings the buyer back with: `r` in the order page's address.",
    ),
]
LinkToken = Annotated[str, Query(max_length=64, description="Opens the order.")]
