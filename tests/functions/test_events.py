"""Every sample event is handled by its function, so samples cannot become outdated."""

import hashlib
import importlib
import json
from typing import Any

import pytest

from tests.functions.conftest import EVENTS, Context, Sample, SumUpAnswers
from tests.support.aws import World, resources
from ticketing.errors import NoMessages

NAMES = sorted(path.stem for path in EVENTS.glob("*.json"))
FROM_QUEUES = ("verify_payment", "deliver_tickets")
FROM_HTTP = ("checkout_api", "connect_organiser", "draw_phone_tickets", "sumup_webhook")
OF_SQS = [name for name in NAMES if name.startswith(FROM_QUEUES)]
OF_SNS = [name for name in NAMES if name.startswith("record_email_event")]
OF_HTTP = [name for name in NAMES if name.startswith(FROM_HTTP)]


def function_of(name: str) -> str:
    return name.partition(".")[0]


def handle(name: str, context: Context) -> Any:  # noqa: ANN401 - each function has its answer
    app = importlib.import_module(f"functions.{function_of(name)}.app")
    return app.handler(Sample.load(name).event, context)


def test_every_function_has_a_sample_event() -> None:
    described = resources("AWS::Serverless::Function").values()
    folders = {function["CodeUri"].removeprefix("functions/") for function in described}

    assert {function_of(name) for name in NAMES} == folders


@pytest.mark.parametrize("name", NAMES)
def test_each_sample_event_is_handled_by_its_function(
    world: World, context: Context, sumup: SumUpAnswers, name: str
) -> None:
    answer = handle(name, context)

    assert json.loads(json.dumps(answer)) == answer
    if name in OF_SQS:
        given_back = [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
        assert set(given_back) <= set(Sample.load(name).ids.values())
        assert given_back, "nothing these messages name exists here"
    if name in OF_SNS:
        assert answer in ({"outcomes": ["no_such_mail"]}, {"outcomes": ["not_followed"]})
    if name in OF_HTTP:
        assert 200 <= answer["statusCode"] < 500
    elif function_of(name) != "reconcile_payments":
        assert sumup.questions == []
    assert world.items("TicketsTable") == []


@pytest.mark.parametrize("event", [{}, {"Records": []}, {"Records": None}])
@pytest.mark.parametrize("function", ["verify_payment", "deliver_tickets"])
def test_an_event_without_messages_is_an_error(
    world: World, context: Context, function: str, event: dict[str, Any]
) -> None:
    app = importlib.import_module(f"functions.{function}.app")

    with pytest.raises(NoMessages):
        app.handler(event, context)

    assert world.messages("DeliveryQueue") == []


@pytest.mark.parametrize("name", OF_HTTP)
def test_http_api_samples_match_the_real_format(name: str) -> None:
    event = Sample.load(name).event

    assert event["version"] == "2.0"
    assert event["requestContext"]["http"]["path"] == event["rawPath"]
    assert event["rawPath"].startswith("/api/")


@pytest.mark.parametrize("name", OF_SQS)
def test_sqs_samples_match_the_real_format(name: str) -> None:
    records = Sample.load(name).event["Records"]
    queue = "verify" if name.startswith("verify") else "delivery"

    assert len({record["messageId"] for record in records}) == len(records) <= 10
    for record in records:
        body = record["body"].encode()
        assert record["md5OfBody"] == hashlib.md5(body, usedforsecurity=False).hexdigest()
        assert record["eventSource"] == "aws:sqs"
        assert record["eventSourceARN"].endswith(f":tickets-{queue}")


@pytest.mark.parametrize("name", OF_SNS)
def test_sns_samples_match_the_real_format(name: str) -> None:
    (record,) = Sample.load(name).event["Records"]

    assert record["EventSource"] == "aws:sns"
    assert record["Sns"]["Type"] == "Notification"
    assert record["Sns"]["TopicArn"].endswith(":tickets-mail-events")
