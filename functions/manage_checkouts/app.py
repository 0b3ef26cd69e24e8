"""For the shop's function: ask SumUp about the checkouts of one order."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.bootstrap import at_start, services
from ticketing.bootstrap.manage_checkouts import manage_checkouts
from ticketing.invocation import clock
from ticketing.observability import lambda_handler, set_log_context
from ticketing.payments.checkout_call import CheckoutCall

at_start(manage_checkouts)


@lambda_handler
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    """Return what SumUp answers; an order that cannot be read is an error."""
    call = CheckoutCall.read(event)
    set_log_context(call.correlation_id, call.order_number)
    return manage_checkouts(services())(call, clock()).as_json
