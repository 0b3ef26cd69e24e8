"""The reasons that a request is refused for, as whoever sent it reads them."""

import json
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from pydantic import AfterValidator, BaseModel

from ticketing.web import error_responses


def _refuse(_: str) -> str:
    raise ValueError("this is not a colour")


class Wish(BaseModel):
    """A body with a validator as anybody would write it."""

    colour: Annotated[str, AfterValidator(_refuse)]


def test_a_validator_s_reason_is_not_called_a_value_error() -> None:
    app = APIGatewayHttpResolver(enable_validation=True)
    error_responses.add_to(app)

    @app.post("/api/wishes")
    def wish(_: Wish) -> str:
        return "granted"

    context: Any = None
    answer: Any = app.resolve(posted("/api/wishes", {"colour": "loud"}), context)

    problem = json.loads(answer["body"])
    assert problem["status"] == 422
    assert problem["errors"] == [{"field": "colour", "reason": "this is not a colour"}]


def posted(path: str, body: dict[str, str]) -> dict[str, Any]:
    return {
        "version": "2.0",
        "rawPath": path,
        "headers": {"content-type": "application/json"},
        "requestContext": {"http": {"method": "POST", "path": path}, "stage": "$default"},
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }
