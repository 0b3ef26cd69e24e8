"""The web ACL: a stack of its own in us-east-1, where AWS WAF keeps those for CloudFront."""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from local import sam
from local.deploy_site import LOCAL, Installation, installation
from local.places import LocalStackError, Ports

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient

REGION = "us-east-1"


def deploy(stage: str, at: Ports) -> str:
    """Deploy the web ACL of a stage at the terminal; return what to do with it, for a person."""
    if stage == LOCAL:
        raise LocalStackError("the local stack has no CloudFront that a web ACL could stand before")
    to = firewall_of(installation(stage))
    sam.at_terminal(command(to))
    return f'Write "WebAclArn={_arn(to, at)}" into samconfig.toml, then: make deploy ENV={stage}'


def firewall_of(shop: Installation) -> Installation:
    """Return where the web ACL of a shop is deployed."""
    return Installation(shop.stage, REGION, f"{shop.stack}-firewall")


def command(to: Installation) -> list[str]:
    """Give the `sam deploy` of the web ACL, with no setting of the shop's own stack."""
    where = ["--template-file", "firewall.yaml", "--stack-name", to.stack, "--region", to.region]
    how = ["--config-env", "default", "--no-confirm-changeset", "--no-fail-on-empty-changeset"]
    return ["sam", "deploy", *where, *how, "--tags", "project=ticketing", f"stage={to.stage}"]


def _arn(to: Installation, at: Ports) -> str:
    cloudformation: CloudFormationClient = to.client("cloudformation", at)
    try:
        (stack,) = cloudformation.describe_stacks(StackName=to.stack)["Stacks"]
    except (BotoCoreError, ClientError) as error:
        raise LocalStackError(f"the web ACL was not found again: {error}") from error
    outputs = {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])}
    return outputs["WebAclArn"]
