"""Byte code in the layers, on a small build."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local import byte_code
from local.byte_code import LAYERS, compile_layers
from local.places import LocalStackError
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
    return folder


def byte_codes(build: Path) -> dict[str, bytes]:
    return {str(p.relative_to(build)): p.read_bytes() for p in build.rglob("*.pyc")}


def test_the_layers_of_the_template_are_compiled() -> None:
    kinds = {name: resource["Type"] for name, resource in source()["Resources"].items()}

    assert list(LAYERS) == [n for n, k in kinds.items() if k == "AWS::Serverless::LayerVersion"]


def test_a_module_is_not_compiled_again_whatever_became_of_its_source(build: Path) -> None:
    """Lambda unpacks a layer with other times, and nothing is to be read twice for a check."""
    compile_layers(build)
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

    compile_layers(here)
    compile_layers(there)

    assert byte_codes(here) == byte_codes(there)
    assert len(byte_codes(here)) == len(LAYERS)
    assert not any(str(tmp_path).encode() in code for code in byte_codes(here).values())


def test_a_module_that_python_cannot_read_is_named(build: Path) -> None:
    modules(build)[1].write_text("def half(:\n")

    with pytest.raises(LocalStackError, match=r"SharedLayer(.|\n)*module\.py"):
        compile_layers(build)


def test_layers_too_large_for_lambda_are_reported(
    build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(byte_code, "LARGEST", 100)

    with pytest.raises(LocalStackError, match="the layers have"):
        compile_layers(build)
