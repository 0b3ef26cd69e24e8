"""A deployed stack, found by its name, with its outputs, settings and functions."""

import getpass
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
)

from ticketing.errors import MissingSetting, TicketingError

if TYPE_CHECKING:
    from boto3.session import Session

PATIENT = Config(read_timeout=910, retries={"total_max_attempts": 1})
"""A function may run for 15 minutes, and asking again would run it again."""
AT_ONCE = Config(connect_timeout=2.5, retries={"total_max_attempts": 1})
"""Tell people at once if AWS cannot be reached; they can type the command again."""
ANY_FUNCTION = "ScanOrdersFunction"
"""A function to read the settings from, which all functions share."""


@dataclass(frozen=True)
class DeployedStack:
    """A stack in a region of an AWS account, and its outputs."""

    session: "Session"
    outputs: Mapping[str, str]

    @classmethod
    def named(cls, name: str | None) -> Self:
        """Find a stack. `MissingSetting` says what to set, `TicketingError` why there is none."""
        session = boto3.Session()
        if not name:
            raise MissingSetting(["name the stack with --stack or TICKETING_STACK"])
        if not session.region_name:
            raise MissingSetting(["AWS_REGION (or AWS_DEFAULT_REGION) is not set"])
        described = _describe(session, name)
        outputs = described["Stacks"][0].get("Outputs", [])
        return cls(session, {output["OutputKey"]: output["OutputValue"] for output in outputs})

    @property
    def region(self) -> str:
        """The AWS region of the stack."""
        return self.session.region_name

    @property
    def caller(self) -> str:
        """Who is calling: their ARN or, if AWS does not tell, their name on this machine."""
        try:
            return self.session.client("sts").get_caller_identity()["Arn"]
        except (BotoCoreError, ClientError):
            return f"{getpass.getuser()} (command line)"

    def variables(self) -> Mapping[str, str]:
        """Return the settings of the functions."""
        functions = self.session.client("lambda")
        found = functions.get_function_configuration(FunctionName=self.outputs[ANY_FUNCTION])
        return found["Environment"]["Variables"]

    def setting(self, name: str) -> str:
        """Return one setting of the functions."""
        return str(self.variables()[name])

    def invoke(self, function: str, event: Mapping[str, object]) -> dict[str, Any]:
        """Run a function and return its answer; `TicketingError` if it failed."""
        answer = self.session.client("lambda", config=PATIENT).invoke(
            FunctionName=self.outputs[function], Payload=json.dumps(event).encode()
        )
        payload = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            raise TicketingError(f"{function} failed: {payload.get('errorMessage', payload)}")
        return dict(payload)


def _describe(session: "Session", name: str) -> Any:  # noqa: ANN401 - as CloudFormation answers
    """Return CloudFormation's description of a stack; `TicketingError` explains usual failures."""
    where = f"in {session.region_name}"
    try:
        return session.client("cloudformation", config=AT_ONCE).describe_stacks(StackName=name)
    except NoCredentialsError as error:
        text = "there are no AWS credentials; set AWS_PROFILE, or sign in with `aws sso login`"
        raise TicketingError(text) from error
    except (EndpointConnectionError, ConnectTimeoutError) as error:
        text = f"AWS cannot be reached {where}; for the local stack, `make up` and `. .local/env`"
        raise TicketingError(text) from error
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            raise TicketingError(f"there is no stack {name} {where}") from error
        raise
