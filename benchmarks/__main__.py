"""`python -m benchmarks [ROW ...]`: measures rows beside their peers, then writes the table."""

import argparse
from importlib import import_module
from pathlib import Path

from benchmarks import report, results

LAST = "cost"
"""It puts a price on times that other rows measure, so it comes last."""
ROWS = sorted(
    (
        path.stem
        for path in (Path(__file__).parent / "rows").glob("*.py")
        if path.stem != "__init__"
    ),
    key=lambda name: (name == LAST, name),
)


def main() -> None:
    """Measure the given rows; the table shows the latest run of every other one."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("row", nargs="*", choices=[*ROWS, []], help=", ".join(ROWS))
    for row in parser.parse_args().row or ROWS:
        print(f"{row} ...", flush=True)
        run = results.keep(row, import_module(f"benchmarks.rows.{row}").measure())
        for result in run.results:
            print(f"  {report.line(result)}", flush=True)
    report.write(results.kept())
    print(f"The table: {report.TABLE}")


if __name__ == "__main__":
    main()
