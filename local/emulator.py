"""The local AWS: ministack on loopback, corrected where it differs from AWS.

`GATEWAY_PORT=N python -m local.emulator` runs in the virtual environment of
`local/requirements.txt`, not in the one the code is tested with. That file pins the exact version
these corrections were written for; each names what AWS does instead.
"""

import asyncio
import contextvars
import copy
import hashlib
import json
import logging
import os
import signal
import tempfile
import threading
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parseaddr
from http import HTTPStatus
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hypercorn.asyncio import serve as serve_asgi
from hypercorn.config import Config
from ministack.app import app
from ministack.core import iam_actions, iam_evaluator, lambda_runtime
from ministack.core.responses import get_account_id, get_region
from ministack.services import apigateway, dynamodb, lambda_svc, ses_v2, sns
from ministack.services.cloudformation import provisioners

from local import cloudwatch, mail_events

SES_SEND_PATH = "/v2/email/outbound-emails"
# AWS authorises these batch calls as the single call they repeat.
SINGLE_CALL = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}
CALLS_AT_ONCE = 6
NOTIFICATIONS_AT_ONCE = 2

logger = logging.getLogger("emulator")


def authorise_batches_as_single_calls() -> None:
    """IAM has no action SendMessageBatch: permission to send one message covers ten."""
    original = iam_actions.extract_iam_action

    def extract_iam_action(*request: Any) -> Any:
        action = original(*request)
        return SINGLE_CALL.get(action, action)

    iam_actions.extract_iam_action = extract_iam_action


def authorise_mail_on_its_identity() -> None:
    """A mail is checked on the identity it is sent as, with the condition ses:FromAddress.

    If it names a configuration set, permission for that is checked as well.
    """
    configuration_set: contextvars.ContextVar[str] = contextvars.ContextVar("set", default="")
    sender: contextvars.ContextVar[str] = contextvars.ContextVar("sender", default="")
    original_arn, original_enforce = iam_actions.extract_resource_arn, iam_evaluator.enforce

    def extract_resource_arn(*request: Any) -> Any:
        service, method, path, _headers, body, _query, region, account = request
        sender.set("")
        configuration_set.set("")
        if (service, method, path) != ("ses", "POST", SES_SEND_PATH):
            return original_arn(*request)
        mail = json.loads(body)
        address = parseaddr(mail.get("FromEmailAddress") or "")[1]
        sender.set(address)
        if name := mail.get("ConfigurationSetName"):
            configuration_set.set(f"arn:aws:ses:{region}:{account}:configuration-set/{name}")
        known = address in ses_v2._identities or address in ses_v2._v1_identities
        identity = address if known else address.rpartition("@")[2]
        return f"arn:aws:ses:{region}:{account}:identity/{identity}"

    def enforce(*request: Any, **keywords: Any) -> Any:
        if address := sender.get():
            context = keywords.get("service_context") or {}
            keywords["service_context"] = {**context, "ses:FromAddress": address}
        denied = original_enforce(*request, **keywords)
        if denied is None and (arn := configuration_set.get()):
            return original_enforce(*request, **{**keywords, "resource_arn": arn})
        return denied

    iam_actions.extract_resource_arn = extract_resource_arn
    iam_evaluator.enforce = enforce


def tell_what_became_of_mails() -> None:
    """Publish the events of a mail to the destinations of its configuration set.

    As on AWS, the set must exist, and SES publishes as itself: the topic's policy must let it.
    """
    original = ses_v2.handle_request

    async def handle_request(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        if (method, path) != ("POST", SES_SEND_PATH):
            return await original(method, path, headers, body, query)
        request = json.loads(body)
        name = request.get("ConfigurationSetName")
        if name and name not in ses_v2._config_sets:
            return ses_v2._missing_config_set(name)
        answer = await original(method, path, headers, body, query)
        if name and answer[0] == HTTPStatus.OK:
            _publish_events(request, json.loads(answer[2])["MessageId"])
        return answer

    ses_v2.handle_request = handle_request


def _publish_events(request: dict[str, Any], message_id: str) -> None:
    name, account = request["ConfigurationSetName"], get_account_id()
    destinations = ses_v2._config_sets[name].get("EventDestinations") or {}
    happened = list(
        mail_events.events(request, message_id, get_region(), account, datetime.now(UTC))
    )
    cloudwatch.note_mail(kind for kind, _ in happened)
    for destination in destinations.values():
        topic = (destination.get("SnsDestination") or {}).get("TopicArn")
        if not topic or not destination["Enabled"]:
            continue
        arn = ses_v2._resource_arn("configuration-set", name)
        if not sns.topic_policy_allows(topic, "ses.amazonaws.com", arn, account):
            logger.error("SES may not publish to %s", topic)
            continue
        for kind, event in happened:
            if kind in destination["MatchingEventTypes"]:
                sns.publish_internal(topic, event, "Amazon SES Email Event Notification")


def invoke_subscribers_asynchronously() -> None:
    """SNS invokes a function asynchronously: it is tried again, then its destination hears of it.

    As for calls of the HTTP API, those beyond a few wait until a process is free.
    """
    free = threading.BoundedSemaphore(NOTIFICATIONS_AT_ONCE)

    def deliver(endpoint: str, envelope: str, _topic: str, subscription: str, *_: Any) -> None:
        function, config, _name = lambda_svc._get_func_record_for_ref(endpoint)
        event = {
            "EventVersion": "1.0",
            "EventSubscriptionArn": subscription,
            "EventSource": "aws:sns",
            "Sns": json.loads(envelope),
        }
        record = lambda_svc._execution_record_for_config(function, config)
        with free:
            answer = lambda_svc._execute_function_with_config_scope(record, {"Records": [event]})
        if answer.get("error"):
            lambda_svc.invoke_async_with_retry(record, {"Records": [event]})

    sns._deliver_to_lambda = deliver


def read_numbers_of_event_sources() -> None:
    """CloudFormation turns a parameter into the number that MaximumConcurrency asks for."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Lambda::EventSourceMapping"]
    for verb, properties in (("create", 1), ("update", 2)):
        handlers[verb] = _with_number(handlers[verb], properties)


def _with_number(handler: Callable[..., Any], properties: int) -> Callable[..., Any]:
    def corrected(*arguments: Any) -> Any:
        scaling = arguments[properties].get("ScalingConfig")
        if scaling:
            scaling["MaximumConcurrency"] = int(scaling["MaximumConcurrency"])
        return handler(*arguments)

    return corrected


def unpack_layers_once() -> None:
    """Functions share a layer, compiled modules included; ministack unpacks one for each worker.

    A worker gets links to the one unpacked copy: its first call takes a second, not four.
    """
    lambda_runtime.zipfile = SimpleNamespace(
        ZipFile=SharedZipFile,
        BadZipFile=zipfile.BadZipFile,
        LargeFileError=zipfile.LargeZipFile,
    )


class SharedZipFile(zipfile.ZipFile):
    """Unpacks a large archive once and links to it ever after."""

    LARGE = 1_000_000
    _one_at_a_time = threading.Lock()

    def extractall(self, path: Any = None, members: Any = None, pwd: bytes | None = None) -> None:
        """Unpack, or link to what was unpacked before; both arguments but `path` stay unused."""
        archive = Path(str(self.filename))
        if archive.stat().st_size < self.LARGE:
            super().extractall(path, members, pwd)
            return
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        shared = Path(tempfile.gettempdir()) / f"layer-{digest[:16]}"
        with self._one_at_a_time:
            if not shared.exists():
                unpacked = Path(tempfile.mkdtemp(prefix="unpack-"))
                super().extractall(unpacked)
                unpacked.rename(shared)
        for entry in shared.iterdir():
            (Path(path) / entry.name).symlink_to(entry)


def queue_api_calls() -> None:
    """AWS has a machine for every call at once; a process for each would stifle this one.

    So calls of the HTTP API beyond a few wait until a process of their function is free.
    """
    original = apigateway._invoke_lambda_proxy
    free: dict[str, asyncio.Semaphore] = {}

    async def invoke(integration: Any, *request: Any, **keywords: Any) -> Any:
        function = integration["integrationUri"]
        async with free.setdefault(function, asyncio.Semaphore(CALLS_AT_ONCE)):
            return await original(integration, *request, **keywords)

    apigateway._invoke_lambda_proxy = invoke


def take_no_body_for_an_empty_one() -> None:
    """A function may answer `"body": null`, as Powertools does for a redirect."""
    original = apigateway._invoke_lambda_proxy

    async def invoke(*request: Any, **keywords: Any) -> Any:
        status, headers, body = await original(*request, **keywords)
        return status, headers, b"" if body is None else body

    apigateway._invoke_lambda_proxy = invoke


def remember_transactions_as_they_were_sent() -> None:
    """A transaction is the same again if it was sent the same: 45.00 is stored as 45 only later.

    ministack remembers the very request in which it then shortens the numbers, and refuses the
    repetition that an SDK sends when an answer was lost.
    """
    apply, remember = dynamodb._transact_write_items, dynamodb._txn_token_store
    sent: contextvars.ContextVar[Any] = contextvars.ContextVar("sent", default=None)

    def transact_write_items(data: Any) -> Any:
        as_sent = copy.deepcopy(data)
        as_sent.pop("ClientRequestToken", None)
        sent.set(as_sent)
        return apply(data)

    def txn_token_store(token: str, entry: dict[str, Any]) -> None:
        as_sent = sent.get()
        remember(token, {**entry, "signature": as_sent} if as_sent else entry)

    dynamodb._transact_write_items = transact_write_items
    dynamodb._txn_token_store = txn_token_store


async def serve(port: int) -> None:
    """Serve until SIGTERM or SIGINT, then end at once, the functions' processes as well."""
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.graceful_timeout = 1
    stop = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    await serve_asgi(app, config, shutdown_trigger=stop.wait)
    lambda_runtime.reset()
    os._exit(0)  # pollers and calls under way would hold it for seconds


def main() -> None:
    """Correct, then serve on GATEWAY_PORT, which ministack itself reads too."""
    authorise_batches_as_single_calls()
    authorise_mail_on_its_identity()
    tell_what_became_of_mails()
    invoke_subscribers_asynchronously()
    read_numbers_of_event_sources()
    unpack_layers_once()
    take_no_body_for_an_empty_one()
    queue_api_calls()
    remember_transactions_as_they_were_sent()
    cloudwatch.watch()
    asyncio.run(serve(int(os.environ["GATEWAY_PORT"])))


if __name__ == "__main__":
    main()
