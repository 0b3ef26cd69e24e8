"""Set up the local AWS once the template is deployed, and read the outputs of the stack."""

import json
import shlex
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local.places import (
    BIN,
    CREDENTIALS,
    FUNCTION_ENVIRONMENT,
    REGION,
    STACK,
    STATE,
    LocalStackError,
    Ports,
    aws_environment,
)
from local.sumup.app import Options

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef
    from mypy_boto3_lambda.client import LambdaClient
    from mypy_boto3_secretsmanager.client import SecretsManagerClient
    from mypy_boto3_sesv2.client import SESV2Client

SHELL_ENVIRONMENT = STATE / "env"


@cache
def client(service: str, at: Ports) -> Any:  # noqa: ANN401 - each caller names the client it asks for
    """Give a boto3 client of the local AWS."""
    return boto3.client(
        service,  # type: ignore[call-overload]  # the stubs want a literal; callers annotate
        endpoint_url=at.aws_url,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )


def outputs(at: Ports) -> dict[str, str]:
    """Read the outputs of the deployed stack; raises when there is none."""
    return {o["OutputKey"]: o["OutputValue"] for o in _described(at).get("Outputs", [])}


def parameters(at: Ports) -> dict[str, str]:
    """Read what the stack was deployed with; raises when there is none."""
    found = _described(at).get("Parameters", [])
    return {p["ParameterKey"]: p["ParameterValue"] for p in found}


def _described(at: Ports) -> "StackTypeDef":
    cloudformation: CloudFormationClient = client("cloudformation", at)
    try:
        return cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
    except (ClientError, BotoCoreError) as error:
        raise LocalStackError("the local stack is not running; start it with `make up`") from error


def origin_headers(at: Ports) -> dict[str, str]:
    """Read the headers that the distribution adds to what it asks of the API."""
    distribution = outputs(at).get("DistributionId")
    if not distribution:
        return {}
    cloudfront = client("cloudfront", at)
    try:
        config = cloudfront.get_distribution_config(Id=distribution)["DistributionConfig"]
    except (ClientError, BotoCoreError) as error:
        raise LocalStackError(f"the distribution cannot be read: {error}") from error
    origins = {origin["Id"]: origin for origin in config["Origins"]["Items"]}
    added = origins["api"].get("CustomHeaders", {}).get("Items", [])
    return {header["HeaderName"].lower(): header["HeaderValue"] for header in added}


def function_environment(at: Ports) -> dict[str, str]:
    """Read the environment that every function of the stack shares."""
    functions: LambdaClient = client("lambda", at)
    name = outputs(at)["ScanOrdersFunction"]
    settings = functions.get_function_configuration(FunctionName=name)
    return dict(settings["Environment"]["Variables"])


def verify_sender(identity: str, at: Ports) -> None:
    """Let mails be sent as this domain or address; the local AWS believes us at once."""
    mail: SESV2Client = client("sesv2", at)
    try:
        mail.create_email_identity(EmailIdentity=identity)
    except mail.exceptions.AlreadyExistsException:
        return


def fill_sumup_secret(at: Ports) -> None:
    """Do what an operator does once after the first deployment, with the simulator's client."""
    secrets: SecretsManagerClient = client("secretsmanager", at)
    known = Options()
    sumup_client = {"client_id": known.client_id, "client_secret": known.client_secret}
    secrets.put_secret_value(
        SecretId=outputs(at)["SumUpSecretArn"], SecretString=json.dumps(sumup_client)
    )


def write_environments(
    at: Ports, for_sam: Path = FUNCTION_ENVIRONMENT, for_shell: Path = SHELL_ENVIRONMENT
) -> None:
    """Write the functions' settings for `sam local invoke --env-vars` and for a shell to read.

    The shell also gets the stack's name and our Python: `python -m ticketing` needs no more.
    """
    settings = function_environment(at)
    for_sam.write_text(json.dumps({"Parameters": settings}, indent=2) + "\n")
    everything = settings | aws_environment(at) | {"TICKETING_STACK": STACK}
    lines = [f"export {key}={shlex.quote(value)}\n" for key, value in everything.items()]
    for_shell.write_text(f'{"".join(lines)}export PATH={shlex.quote(str(BIN))}:"$PATH"\n')
