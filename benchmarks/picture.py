"""Draws every figure as a fraction of its goal; runs in the environment that has matplotlib."""

import json
import sys

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "figures"  # the same figures give the same file

from matplotlib import pyplot as plt  # noqa: E402 - the backend comes first


def main() -> None:
    """Read results as JSON from the input and write the picture where the argument says."""
    results = json.load(sys.stdin)
    shares = [result["used"] for result in results]
    figure, axes = plt.subplots(figsize=(9, 0.32 * len(results) + 1))
    colours = ["#1f7a4d" if share <= 1 else "#b3261e" for share in shares]
    names = [f"{result['what']} / {result['peer']}".removesuffix(" / ") for result in results]
    axes.barh(names, shares, color=colours)
    axes.axvline(1, color="#16213e", linewidth=1)
    axes.invert_yaxis()
    axes.set_xlabel("part of the goal that is used: left of the line is better")
    figure.tight_layout()
    figure.savefig(sys.argv[1], metadata={"Date": None})


if __name__ == "__main__":
    main()
