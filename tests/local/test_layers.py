"""The layers after a build: their byte code on a small one, botocore's data as it is."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import botocore
import botocore.session
import pytest
from botocore.loaders import Loader

from local import layers
from local.layers import LAYERS, USED, finish_layers, keep_used_services
from local.places import ROOT, LocalStackError
from tests.support.cloudformation import source

IMPORT = """
import sys
sys.path.insert(0, sys.argv[1])
import module
print(module.known('x'), module.known.__code__.co_filename)
"""


def modules(build: Path) -> list[Path]:
    return [build / layer / "python" / "one" / "module.py" for layer in LAYERS]


@pytest.fixture
def build(tmp_path: Path) -> Path:
    return _built(tmp_path / "build")


def _built(folder: Path) -> Path:
    for module in modules(folder):
        module.parent.mkdir(parents=True)
        module.write_text("NAMES = {'a', 'b', 'c'}\n\ndef known(name): return name in {'x', 'y'}\n")
    data = folder / "DependenciesLayer" / "python" / "botocore" / "data"
    data.mkdir(parents=True)
    (data / "endpoints.json").write_text('{"partitions": []}')
    return folder


def byte_codes(build: Path) -> dict[str, bytes]:
    return {str(p.relative_to(build)): p.read_bytes() for p in build.rglob("*.pyc")}


def test_the_layers_of_the_template_are_compiled() -> None:
    kinds = {name: resource["Type"] for name, resource in source()["Resources"].items()}

    assert list(LAYERS) == [n for n, k in kinds.items() if k == "AWS::Serverless::LayerVersion"]


def test_a_module_is_not_compiled_again_whatever_became_of_its_source(build: Path) -> None:
    """Lambda unpacks a layer with other times, and nothing is to be read twice for a check."""
    finish_layers(build)
    (module, _) = modules(build)
    module.write_text("raise SystemExit('compiled again')\n")
    os.utime(module, (0, 0))

    done = subprocess.run(  # noqa: S603 - our own Python
        [sys.executable, "-I", "-B", "-c", IMPORT, str(module.parent)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == ["True", str(module)]


def test_the_same_layer_is_compiled_to_the_same_bytes_anywhere(tmp_path: Path) -> None:
    here, there = _built(tmp_path / "here"), _built(tmp_path / "far" / "away")

    finish_layers(here)
    finish_layers(there)

    assert byte_codes(here) == byte_codes(there)
    assert len(byte_codes(here)) == len(LAYERS)
    assert not any(str(tmp_path).encode() in code for code in byte_codes(here).values())


def test_a_module_that_python_cannot_read_is_named(build: Path) -> None:
    modules(build)[1].write_text("def half(:\n")

    with pytest.raises(LocalStackError, match=r"SharedLayer(.|\n)*module\.py"):
        finish_layers(build)


def test_layers_too_large_for_lambda_are_reported(
    build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers, "LARGEST", 100)

    with pytest.raises(LocalStackError, match="the layers have"):
        finish_layers(build)


def test_the_services_that_the_wiring_asks_for_are_kept() -> None:
    wiring = (ROOT / "layers" / "shared" / "ticketing" / "bootstrap").glob("*.py")
    asked = {
        name for file in wiring for name in re.findall(r'\.client\(\s*"(\w+)"', file.read_text())
    }

    assert {*asked, "dynamodb"} == set(USED)


@pytest.fixture(scope="module")
def cut_down(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("botocore") / "data"
    shutil.copytree(Path(botocore.__file__).parent / "data", data)
    keep_used_services(data)
    keep_used_services(data)  # a layer that was not built again is finished again
    return data


def client_facts(service: str, region: str, data: Path | None) -> dict[str, Any]:
    """Return where a client sends what, and how it signs."""
    session = botocore.session.Session()
    if data:
        loader = Loader(extra_search_paths=[str(data)], include_default_search_paths=False)
        session.register_component("data_loader", loader)
    client: Any = session.create_client(
        service, region, aws_access_key_id="an id", aws_secret_access_key="invented"
    )
    meta = client.meta
    return {
        "address": meta.endpoint_url,
        "signature": meta.config.signature_version,
        "operations": sorted(meta.service_model.operation_names),
        "partition": meta.partition,
        "signed for": (meta.service_model.signing_name, client._request_signer.region_name),
        "retries": meta.config.retries,
    }


@pytest.mark.parametrize(
    "region",
    ["eu-west-2", "us-east-1", "ap-southeast-2", "cn-north-1", "us-gov-west-1", "xx-new-9"],
)
@pytest.mark.parametrize("service", USED)
def test_a_client_is_the_same_without_the_other_services(
    service: str, region: str, cut_down: Path
) -> None:
    assert client_facts(service, region, cut_down) == client_facts(service, region, None)


def test_other_services_are_gone(cut_down: Path) -> None:
    assert {path.name for path in cut_down.iterdir() if path.is_dir()} == set(USED)
    assert (cut_down / "endpoints.json").stat().st_size < 100_000


def test_what_only_the_command_line_needs_is_in_no_layer() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["optional-dependencies"]["operators"]
    names = {re.split(r"[<>=]", one)[0] for one in wanted}
    deployed = (ROOT / "layers" / "dependencies" / "requirements.txt").read_text()

    assert names == {"markdown-it-py", "rich"}
    assert names & set(re.findall(r"^([a-z0-9-]+)==", deployed, re.MULTILINE)) == set()
