"""The API's description: `python -m local.openapi` writes it, `--check` compares it."""

import argparse
import json
import sys

from local.places import ROOT
from ticketing.web.checkout_app import document

WRITTEN = ROOT / "docs" / "openapi.json"


def main() -> int:
    """Write or check; answers the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing")
    described = json.dumps(document(), indent=2, ensure_ascii=False) + "\n"
    if not parser.parse_args().check:
        WRITTEN.write_text(described)
        return 0
    is_current = WRITTEN.exists() and WRITTEN.read_text() == described
    shown = WRITTEN.relative_to(ROOT)
    print(f"{shown} is current" if is_current else f"{shown} is out of date: run `make openapi`")
    return 0 if is_current else 1


if __name__ == "__main__":
    sys.exit(main())
