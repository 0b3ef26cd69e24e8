"""AWS as the template describes it, on moto: one world for adapter and function tests.

Its tables may also be those of a DynamoDB engine (see `engines`); all else is moto's then as well.
Tables, indexes, queues, bucket, key and secrets are read from `template.yaml`, and so is the
environment of the functions: what the template does not define does not exist here either.
"""

# ruff: noqa: ANN401 - a template may hold any value anywhere

import copy
import inspect
import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import botocore.session
import pytest
import yaml
from botocore.config import Config
from moto import mock_aws
from moto.backends import get_backend
from moto.core.model import StructureShape
from moto.core.serialize import JSONSerializer
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

from tests.support.engines import Engine
from tests.support.wire import Wire
from ticketing import bootstrap, concurrency
from ticketing.adapters.dynamodb import models
from ticketing.bootstrap.shared import TIMEOUTS
from ticketing.observability import metrics

REGION = "eu-west-2"
ACCOUNT = "123456789012"
STACK = "tickets"
ROOT = Path(__file__).parents[2]
TEMPLATE, WATCH = ROOT / "template.yaml", ROOT / "watch.yaml"
CHOSEN = {
    "SenderAddress": "tickets@example.com",
    "SenderIdentity": "example.com",
    "AlertAddress": "alerts@example.com",
    "SupportContact": "support@example.com",
    "PublicUrl": "https://tickets.example.com",
}
"""What the person who deploys has to choose, because the template has no default for it."""

SUMUP_APPLICATION = {"client_id": "our-client", "client_secret": "our-client-secret"}


class _Loader(yaml.SafeLoader):
    """Reads `!Ref x` as `{"Ref": "x"}`, and every other short form likewise."""


def _short_form(loader: yaml.SafeLoader, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _short_form)


@cache
def template(path: Path = TEMPLATE) -> dict[str, Any]:
    """Return the template as written, or the nested one."""
    found: dict[str, Any] = yaml.load(path.read_text(), _Loader)  # noqa: S506  # a SafeLoader
    return found


def resources(kind: str, path: Path = TEMPLATE) -> dict[str, dict[str, Any]]:
    """Return the properties of all resources of a type, by logical id."""
    every = template(path)["Resources"]
    return {name: r.get("Properties", {}) for name, r in every.items() if r["Type"] == kind}


@cache
def _session() -> Any:
    """Return the session of all worlds: one that has read the service models once."""
    session = botocore.session.get_session()
    session.set_credentials("anid", "a-secret")
    return session


@cache
def _made(service: str, config: Config | None) -> Any:
    """Return the client of this service and configuration, which is slow to make."""
    return _session().create_client(service, REGION, config=config)


def client(service: str) -> Any:
    """Return a client of the test's own."""
    return _made(service, None)


def _clients(_: bootstrap.Services, service: str, config: Config = TIMEOUTS) -> Any:
    return _made(service, config)


class World:
    """The resources of the template: `ref` and `attribute` by logical id, as `!Ref` has them."""

    def __init__(self, wire: Wire, engine: Engine | None = None) -> None:
        self.wire, self._engine = wire, engine
        self.ref: dict[str, str] = {
            "AWS::Region": REGION,
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::StackName": STACK,
        }
        for name, parameter in template()["Parameters"].items():
            self.ref[name] = str(CHOSEN.get(name, parameter.get("Default")))
        self.attribute: dict[str, str] = {}
        self._make_tables()
        self._make_queues()
        self._make_the_rest()
        self._make_functions()

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment the template gives to every function."""
        variables = template()["Globals"]["Function"]["Environment"]["Variables"]
        resolved = {name: self.resolve(value) for name, value in variables.items()}
        return {name: value for name, value in resolved.items() if value is not None}

    def resolve(self, value: Any) -> str | None:
        """Return what CloudFormation makes of a value of the template; None is `NoValue`."""
        if not isinstance(value, dict):
            return str(value)
        ((how, what),) = value.items()
        match how:
            case "Ref":
                return None if what == "AWS::NoValue" else self.ref[what]
            case "GetAtt":
                return self.attribute[what]
            case "Sub":
                return self._substituted(what)
            case "If" if what[0] == "OnAws":
                return self.resolve(what[1])
        raise NotImplementedError(how)

    def _substituted(self, text: str) -> str:
        for name, found in {**self.ref, **self.attribute}.items():
            text = text.replace(f"${{{name}}}", found)
        assert "${" not in text, text
        return text

    def _make_tables(self) -> None:
        for name in resources("AWS::DynamoDB::Table"):
            self.ref[name] = f"{STACK}-{name}"
            self.attribute[f"{name}.Arn"] = (
                f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{self.ref[name]}"
            )
        if self._engine:
            self._engine.make(client("dynamodb"), described_tables())
            return
        tables = get_backend("dynamodb")[ACCOUNT][REGION].tables
        for name, table in _tables().items():
            table.items.clear()
            tables[name] = table

    def _make_queues(self) -> None:
        for name, queue in resources("AWS::SQS::Queue").items():
            queue_name = self.resolve(queue["QueueName"])
            self.ref[name] = client("sqs").create_queue(QueueName=queue_name)["QueueUrl"]
            self.attribute[f"{name}.Arn"] = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue_name}"

    def _make_the_rest(self) -> None:
        for name in resources("AWS::S3::Bucket"):
            self.ref[name] = f"{STACK}-{name.lower()}"
            self.attribute[f"{name}.Arn"] = f"arn:aws:s3:::{self.ref[name]}"
            where = {"LocationConstraint": REGION}
            client("s3").create_bucket(Bucket=self.ref[name], CreateBucketConfiguration=where)
            versioning = resources("AWS::S3::Bucket")[name]["VersioningConfiguration"]
            client("s3").put_bucket_versioning(
                Bucket=self.ref[name], VersioningConfiguration=versioning
            )
        for name in resources("AWS::KMS::Key"):
            key = client("kms").create_key()["KeyMetadata"]
            self.ref[name], self.attribute[f"{name}.Arn"] = key["KeyId"], key["Arn"]
        for name, described in resources("AWS::SES::ConfigurationSet").items():
            self.ref[name] = self._substituted(described["Name"]["Sub"])
            client("sesv2").create_configuration_set(ConfigurationSetName=self.ref[name])
        for name, secret in resources("AWS::SecretsManager::Secret").items():
            made = client("secretsmanager").create_secret(Name=name, **_generated(secret))
            self.ref[name] = self.attribute[f"{name}.Id"] = made["ARN"]
        for name, function in resources("AWS::Serverless::Function").items():
            if "FunctionName" in function:
                self.ref[name] = str(self.resolve(function["FunctionName"]))
                arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.ref[name]}"
                self.attribute[f"{name}.Arn"] = arn

    def _make_functions(self) -> None:
        """Let functions be invoked that have a name, each in this process."""
        for function in resources("AWS::Serverless::Function").values():
            if "FunctionName" in function:
                name, folder = self.resolve(function["FunctionName"]), function["CodeUri"]
                self.wire.functions = {**self.wire.functions, str(name): _running(folder)}

    def fill_in_the_application(self) -> None:
        """Do what an operator does once after the first deployment."""
        client("secretsmanager").put_secret_value(
            SecretId=self.ref["SumUpSecret"], SecretString=json.dumps(SUMUP_APPLICATION)
        )

    def secret(self, name: str) -> str:
        """Return what a secret of the template holds."""
        found = client("secretsmanager").get_secret_value(SecretId=self.ref[name])
        return str(found["SecretString"])

    def verify_sender(self) -> None:
        """Let SES send for our domain."""
        client("sesv2").create_email_identity(EmailIdentity=CHOSEN["SenderAddress"])

    def contents(self) -> dict[str, list[dict[str, Any]]]:
        """Return every item of every table as DynamoDB holds it, by logical id and in order."""
        return {name: self.items(name) for name in resources("AWS::DynamoDB::Table")}

    def items(self, name: str) -> list[dict[str, Any]]:
        """Return all items of one table."""
        pages = client("dynamodb").get_paginator("scan").paginate(TableName=self.ref[name])
        found = [item for page in pages for item in page["Items"]]
        return sorted(found, key=lambda item: json.dumps(item, sort_keys=True, default=repr))

    def empty(self) -> None:
        """Take everything out of every table, past all our own code."""
        for name in resources("AWS::DynamoDB::Table"):
            get_backend("dynamodb")[ACCOUNT][REGION].tables[self.ref[name]].items.clear()
        self.wire.forget()

    def put(self, name: str, item: Mapping[str, Any]) -> None:
        """Write an item past all our own code, as a stranger would."""
        client("dynamodb").put_item(TableName=self.ref[name], Item=item)

    def messages(self, name: str) -> list[dict[str, Any]]:
        """Take all messages off a queue; return their bodies."""
        bodies: list[dict[str, Any]] = []
        while True:
            answer = client("sqs").receive_message(QueueUrl=self.ref[name], MaxNumberOfMessages=10)
            found = answer.get("Messages", [])
            if not found:
                return bodies
            for message in found:
                handle = message["ReceiptHandle"]
                client("sqs").delete_message(QueueUrl=self.ref[name], ReceiptHandle=handle)
                bodies.append(json.loads(message["Body"]))

    def objects(self) -> list[str]:
        """Return the keys in the bucket."""
        listed = client("s3").list_objects_v2(Bucket=self.ref["TicketsBucket"])
        return [entry["Key"] for entry in listed.get("Contents", [])]

    def read(self, key: str) -> bytes:
        """Return an object of the bucket."""
        answer = client("s3").get_object(Bucket=self.ref["TicketsBucket"], Key=key)
        body: bytes = answer["Body"].read()
        return body


@cache
def _tables() -> dict[str, Any]:
    """Return moto's own tables; made once and emptied for each world, because that is quicker."""
    for name, described in described_tables().items():
        client("dynamodb").create_table(TableName=name, **described)
    return dict(get_backend("dynamodb")[ACCOUNT][REGION].tables)


def _running(folder: str) -> Callable[[dict[str, Any]], Any]:
    """Return what runs the function of a folder, which is imported when it is invoked.

    Without the decorators of its handler, because logger and metrics are its caller's here.
    """

    def run(event: dict[str, Any]) -> Any:
        app = import_module(f"{folder.replace('/', '.')}.app")
        return inspect.unwrap(app.handler)(event, None)

    return run


def described_tables() -> dict[str, dict[str, Any]]:
    """Return what `CreateTable` takes of each table in the template, by its name."""
    passed = {"AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode"}
    return {
        f"{STACK}-{name}": {key: value for key, value in table.items() if key in passed}
        for name, table in resources("AWS::DynamoDB::Table").items()
    }


def _generated(secret: Mapping[str, Any]) -> dict[str, str]:
    how = secret.get("GenerateSecretString")
    if how is None:
        return {}
    fields = json.loads(how["SecretStringTemplate"])
    made_up = ("only for tests " * 10)[: how["PasswordLength"]]
    return {"SecretString": json.dumps(fields | {how["GenerateStringKey"]: made_up})}


@contextmanager
def a_world(monkeypatch: pytest.MonkeyPatch, engine: Engine | None = None) -> Iterator[World]:
    """Build the world, point the environment and the models at it, and let no time be slept."""
    with mock_aws():
        # Every key gets an RSA pair from moto, which takes long and is not used.
        monkeypatch.setattr("moto.kms.models.generate_private_key", lambda _: None)
        _copy_less(monkeypatch)
        _answer_as_stored(monkeypatch)
        monkeypatch.setattr(bootstrap.Services, "client", _clients)
        monkeypatch.setattr("pynamodb.connection.base.get_session", _session)
        wire = Wire(monkeypatch, engine.send if engine else None)
        made = World(wire, engine)
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_LAMBDA_FUNCTION_NAME"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_REGION", REGION)
        monkeypatch.setenv("POWERTOOLS_TRACE_DISABLED", "true")
        monkeypatch.setattr(metrics.provider, "namespace", made.environment["BRAND_NAME"])
        service = made.environment["POWERTOOLS_SERVICE_NAME"]
        monkeypatch.setattr(metrics.provider, "service", service)
        monkeypatch.setattr(time, "sleep", lambda _: None)
        # moto is not made for threads; `make races` and `make e2e` have them.
        monkeypatch.setattr(concurrency, "ThreadPoolExecutor", _OneAfterTheOther)
        bind_tables(made)
        wire.forget()
        bootstrap.services.cache_clear()
        yield made
        bootstrap.services.cache_clear()


class _OneAfterTheOther(Executor):
    """Runs what it is given at once; a worker that dies takes the rest of its batch with it."""

    def __init__(self, _: int) -> None:
        """Take how many threads there would be."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


def _copy_less(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a transaction keep the items it touches for its way back, not whole tables."""
    transact = DynamoDBBackend.transact_write_items
    touched: dict[str, set[DynamoType]] = {}

    def deepcopy(found: Any) -> Any:
        if not isinstance(found, Table):
            return copy.deepcopy(found)
        kept = copy.copy(found)
        kept.items = copy.copy(found.items)
        for key in touched[found.name] & kept.items.keys():
            kept.items[key] = copy.deepcopy(found.items[key])
        return kept

    def noting(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        touched.clear()
        for item in transact_items:
            (action,) = item.values()
            table = backend.tables[action["TableName"]]
            key = (action.get("Key") or action["Item"])[table.hash_key_attr]
            touched.setdefault(table.name, set()).add(DynamoType(key))
        transact(backend, transact_items)

    monkeypatch.setattr(DynamoDBBackend, "transact_write_items", noting)
    monkeypatch.setattr("moto.dynamodb.models.copy", SimpleNamespace(deepcopy=deepcopy))


def _answer_as_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an attribute's value be answered as moto keeps it, which is as DynamoDB writes it.

    moto looks for each of the ten kinds of value under four names, for every attribute. Bytes stay
    its business; no row of ours has them deeper down.
    """
    thoroughly = JSONSerializer._serialize_type_structure

    def serialize(
        self: JSONSerializer, serialized: Any, value: Any, shape: StructureShape, key: str
    ) -> None:
        if shape.name == "AttributeValue" and "B" not in value and "BS" not in value:
            serialized[key] = value
        else:
            thoroughly(self, serialized, value, shape, key)

    monkeypatch.setattr(JSONSerializer, "_serialize_type_structure", serialize)


def bind_tables(world: World) -> None:
    """Name the models' tables as the functions' environment does."""
    names = {key: world.environment[key.upper()] for key in models.TABLES}
    models.bind(names, REGION)


def forbid_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that would leave this machine."""
    connect = socket.socket.connect

    def at_home(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in {"127.0.0.1", "::1"}:
            raise OSError(f"a test wants to connect to {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", at_home)
