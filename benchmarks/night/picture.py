"""Draws the nights of a crowd; runs in the environment that has matplotlib."""

import json
import sys

import matplotlib as mpl

mpl.use("agg")

from matplotlib import pyplot as plt

INCHES, DOTS = (9, 4), 80


def main() -> None:
    """Read the nights as JSON from the input and write the picture where the argument says."""
    data = json.load(sys.stdin)
    figure, axes = plt.subplots(1, 2, figsize=INCHES, sharey=True)
    for night in data["nights"]:
        minutes = [(at + 1) * data["step"] / 60 for at in range(len(night["held"]))]
        axes[0].plot(minutes, night["held"], linewidth=1.2)
        axes[1].plot(minutes, night["sold"], linewidth=1.2, label=night["name"])
    for axis, title in zip(axes, ("seats ordered", "seats paid, with tickets"), strict=True):
        axis.axhline(data["seats"], color="#16213e", linewidth=0.6, linestyle=":")
        axis.set_xlabel("minutes after the start")
        axis.set_title(title, fontsize=10)
    figure.legend(loc="lower center", ncols=2, fontsize=7, frameon=False)
    figure.tight_layout(rect=(0, 0.15, 1, 1))
    figure.savefig(sys.argv[1], dpi=DOTS, metadata={"Software": None})


if __name__ == "__main__":
    main()
