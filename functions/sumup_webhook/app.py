"""From SumUp: a checkout changed. The answer says nothing, whatever it was about."""

import base64
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.bootstrap import services
from ticketing.observability import logger, metrics

LARGEST = 8192


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Queue the hint; 503 makes SumUp send it again, 204 is all it ever learns otherwise."""
    del context
    text = event.get("body") or ""
    body = base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
    if len(body) > LARGEST:
        return {"statusCode": 413}
    return {"statusCode": 204 if services().sumup_webhook(body) else 503}
