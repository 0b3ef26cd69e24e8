"""The functions of CloudFront, run in node."""

import json
import subprocess
from collections.abc import Sequence
from typing import Any

from tests.support.cloudformation import source


def handled(name: str, requests: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what one of the template's functions makes of these requests."""
    code = source()["Resources"][name]["Properties"]["FunctionCode"]
    ask = f"{json.dumps(list(requests))}.map(request => handler({{request}}))"
    answer = subprocess.run(  # noqa: S603 - our own function
        ["node", "-e", f"{code}\nconsole.log(JSON.stringify({ask}))"],  # noqa: S607 - on PATH
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    made: list[dict[str, Any]] = json.loads(answer)
    return made
