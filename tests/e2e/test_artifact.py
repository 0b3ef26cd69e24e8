"""What `sam build` produced must run on its own, without any package of this machine."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.aws import resources

pytestmark = pytest.mark.e2e
BUILD = Path(__file__).parents[2] / ".aws-sam" / "build"
LAYERS = ("DependenciesLayer", "SharedLayer")
FUNCTIONS = sorted(resources("AWS::Serverless::Function"))
START = """
import sys
from importlib.machinery import SourceFileLoader

def noting(loader, data, path, **options):
    compiled.append(path)
    return to_code(loader, data, path, **options)

compiled, to_code = [], SourceFileLoader.source_to_code
SourceFileLoader.source_to_code = noting
sys.path[:0] = sys.argv[1:]
import app
from ticketing.tickets import pdf
from ticketing.tickets import pdf_canvas
from ticketing.emails import compose
print(app.handler.__name__, compose.__file__)
print("compiled:", *compiled)
"""


@pytest.mark.usefixtures("at")
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_built_function_starts_with_only_its_own_packages(function: str) -> None:
    paths = [BUILD / function, *(BUILD / layer / "python" for layer in LAYERS)]

    done = subprocess.run(  # noqa: S603 - our own build
        [sys.executable, "-I", "-S", "-B", "-c", START, *map(str, paths)],
        env={"POWERTOOLS_SERVICE_NAME": "ticketing", "AWS_DEFAULT_REGION": "eu-west-2"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert str(BUILD / "SharedLayer") in done.stdout
    # The function's own few lines and nothing of the layers, to which Lambda cannot write.
    assert done.stdout.splitlines()[-1] == f"compiled: {BUILD / function / 'app.py'}"
