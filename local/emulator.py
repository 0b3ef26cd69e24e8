"""The local AWS: ministack on loopback, corrected where it differs from AWS.

`GATEWAY_PORT=N python -m local.emulator` runs in the virtual environment of
`local/requirements.txt`, not in the one the code is tested with. That file pins the exact version
these corrections were written for; each says what AWS does instead.
"""

import asyncio
import contextvars
import copy
import hashlib
import json
import os
import signal
import tempfile
import threading
import zipfile
from collections.abc import Callable
from email.utils import parseaddr
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hypercorn.asyncio import serve as serve_asgi
from hypercorn.config import Config
from ministack.app import app
from ministack.core import iam_actions, iam_evaluator, lambda_runtime
from ministack.services import apigateway, dynamodb, ses_v2
from ministack.services.cloudformation import provisioners

SES_SEND_PATH = "/v2/email/outbound-emails"
# AWS authorises these batch calls as the single call they repeat.
SINGLE_CALL = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}
CALLS_AT_ONCE = 6


def authorise_batches_as_single_calls() -> None:
    """There is no IAM action SendMessageBatch: whoever may send one message may send ten."""
    original = iam_actions.extract_iam_action

    def extract_iam_action(*request: Any) -> Any:
        action = original(*request)
        return SINGLE_CALL.get(action, action)

    iam_actions.extract_iam_action = extract_iam_action


def authorise_mail_on_its_identity() -> None:
    """A mail is checked on the identity it is sent as, with the condition ses:FromAddress."""
    sender: contextvars.ContextVar[str] = contextvars.ContextVar("sender", default="")
    original_arn, original_enforce = iam_actions.extract_resource_arn, iam_evaluator.enforce

    def extract_resource_arn(*request: Any) -> Any:
        service, method, path, _headers, body, _query, region, account = request
        sender.set("")
        if (service, method, path) != ("ses", "POST", SES_SEND_PATH):
            return original_arn(*request)
        address = parseaddr(json.loads(body).get("FromEmailAddress") or "")[1]
        sender.set(address)
        known = address in ses_v2._identities or address in ses_v2._v1_identities
        identity = address if known else address.rpartition("@")[2]
        return f"arn:aws:ses:{region}:{account}:identity/{identity}"

    def enforce(*request: Any, **keywords: Any) -> Any:
        if address := sender.get():
            context = keywords.get("service_context") or {}
            keywords["service_context"] = {**context, "ses:FromAddress": address}
        return original_enforce(*request, **keywords)

    iam_actions.extract_resource_arn = extract_resource_arn
    iam_evaluator.enforce = enforce


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
    read_numbers_of_event_sources()
    unpack_layers_once()
    take_no_body_for_an_empty_one()
    queue_api_calls()
    remember_transactions_as_they_were_sent()
    asyncio.run(serve(int(os.environ["GATEWAY_PORT"])))


if __name__ == "__main__":
    main()
