"""Bring `site/` to a deployed stack: into its bucket, and out of CloudFront's memory."""

import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local import aws
from local.places import LocalStackError, Ports
from local.sam import SAMCONFIG
from local.site import IMPORTED, NOT_FOUND, SITE, cache_control, content_type, files

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

LOCAL = "local"
NEEDED = {"index.html", NOT_FOUND}


@dataclass(frozen=True)
class Installation:
    """Where a stage of samconfig.toml is deployed."""

    stage: str
    region: str
    stack: str

    def client(self, service: str, at: Ports) -> Any:  # noqa: ANN401 - callers name the client
        """Give a boto3 client for it; the stage `local` is the local AWS."""
        if self.stage == LOCAL:
            return aws.client(service, at)
        return boto3.client(service, region_name=self.region)  # type: ignore[call-overload]  # any


def deploy(stage: str, at: Ports) -> str:
    """Upload the site and invalidate CloudFront; return a summary for a person."""
    to = installation(stage)
    try:
        outputs = _outputs(to, at)
        uploaded, removed = upload(to.client("s3", at), outputs["SiteBucket"])
        invalidate(to.client("cloudfront", at), outputs["DistributionId"])
    except (BotoCoreError, ClientError) as error:
        raise LocalStackError(f"the site was not deployed: {error}") from error
    seen_at = at.site_url if stage == LOCAL else outputs["SiteUrl"]
    return (
        f"{uploaded} files are in {outputs['SiteBucket']}, {removed} obsolete ones were removed."
        f"\nCloudFront forgets the old ones within some minutes: {seen_at}"
        "\nPages of events are as they were: `python -m ticketing events pages` writes them anew."
    )


def installation(stage: str, samconfig: Path = SAMCONFIG) -> Installation:
    """Read region and stack of a stage."""
    stages = tomllib.loads(samconfig.read_text())
    found = stages.get(stage, {}).get("global", {}).get("parameters", {})
    if "stack_name" not in found:
        raise LocalStackError(f"samconfig.toml has no environment {stage!r} with a stack_name")
    return Installation(stage, found["region"], found["stack_name"])


def upload(s3: "S3Client", bucket: str, site: Path = SITE) -> tuple[int, int]:
    """Put every file, pages last, then remove what the site no longer has; counts both.

    What imports of events have put beside the site's files stays.
    """
    names = files(site)
    if absent := NEEDED - set(names):
        raise LocalStackError(f"the site has no {' and no '.join(sorted(absent))}")
    types = {name: content_type(name) for name in names}
    for name in names:
        s3.put_object(
            Bucket=bucket,
            Key=name,
            Body=(site / name).read_bytes(),
            ContentType=types[name],
            CacheControl=cache_control(name),
        )
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    stored = {entry["Key"] for page in pages for entry in page.get("Contents", [])}
    gone = sorted(name for name in stored - set(names) if not name.startswith(IMPORTED))
    for name in gone:
        s3.delete_object(Bucket=bucket, Key=name)
    return len(names), len(gone)


def invalidate(cloudfront: Any, distribution: str) -> None:  # noqa: ANN401 - no stubs for it here
    """Have CloudFront ask the bucket again for everything."""
    cloudfront.create_invalidation(
        DistributionId=distribution,
        InvalidationBatch={
            "Paths": {"Quantity": 1, "Items": ["/*"]},
            "CallerReference": f"site-{time.time_ns()}",
        },
    )


def _outputs(to: Installation, at: Ports) -> dict[str, str]:
    found = to.client("cloudformation", at).describe_stacks(StackName=to.stack)["Stacks"][0]
    outputs = {o["OutputKey"]: o["OutputValue"] for o in found.get("Outputs", [])}
    if "SiteBucket" not in outputs:
        raise LocalStackError(f"the stack {to.stack} has no site yet; deploy it first")
    return outputs
