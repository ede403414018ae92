"""The raw numbers of the experiments as tables: what each column is, and in which unit."""

from __future__ import annotations

from collections.abc import Mapping

from resnet.export.table import Cell, Column, Kind, Table
from resnet.lessons.experiments import EXPERIMENTS, table
from resnet.lessons.experiments.place import Place


def _column(label: str, words: str, kind: Kind = "text", unit: str = "") -> Column:
    return Column(label=label, words=words, kind=kind, unit=unit)


def _share(label: str, words: str) -> Column:
    return _column(f"{label} (0 to 1)", words, "number", "share")


_SEED = _column("seed", "Of the network, which is drawn, or was trained, at random.", "place")
_KIND = _column("kind", "Of its shortcuts: A, B or C of the paper, v2 for pre-activation, plain for none.")

# the experiment -> the heading that it gives a column -> the column
COLUMNS: Mapping[str, Mapping[str, Column]] = {
    "lesion": {
        "kind": _KIND,
        "seed": _SEED,
        "removed_blocks": _column("removed blocks", "With spaces between them; empty for the whole network.", "prose"),
        "accuracy": _share("accuracy", "Right answers on the 600 digits that it never saw in training."),
    },
    "shattered": {
        "network": _column("network", "plain, or residual."),
        "x": _column("x", "The input, on a line from −2 to 2.", "number"),
        "gradient": _column("gradient dy/dx, scaled", "The largest is 1 or −1.", "number"),
        "lag": _column("lag (steps of x)", "How far apart two inputs are.", "place", "steps"),
        "correlation": _column("correlation (-1 to 1)", "Of the gradients at that lag: mean over networks.", "number"),
        "deviation": _column("standard deviation of correlation", "Over the same networks.", "number"),
    },
    "gradients": {
        "kind": _KIND,
        "blocks": _column("blocks", "How many it has.", "count", "blocks"),
        "steps": _column("steps", "Of SGD that were made before.", "count", "steps"),
        "seed": _SEED,
        "block": _column("block", "Counted from 1; the last is what comes out of the last block.", "place"),
        "norm": _column("gradient norm", "‖∂loss/∂x‖ of the block’s input x, Euclidean.", "number"),
    },
    "options": {
        "run": _column("run", "shipped: trained once, for these pages; here: trained on this server."),
        "kind": _KIND,
        "seed": _SEED,
        "epoch": _column("epoch", "Rounds through the digits; 0 is before any training.", "place"),
        "loss": _column("loss (nats)", "Mean cross-entropy on the 1,197 digits that it trains on.", "number", "nats"),
        "train": _share("training accuracy", "Right answers on these."),
        "test": _share("test accuracy", "Right answers on the 600 digits that it never saw."),
    },
    "published": {
        "what": _column("what", "That was measured."),
        "per_cent": _column("value (%)", "As it was published.", "number", "per cent"),
        "measure": _column("measure", "An error: lower is better. An accuracy: higher is better."),
        "setting": _column("setting", "Network and data.", "prose"),
        "source": _column("source", "Who published it, and where.", "prose"),
    },
}


def experiment_table(place: Place) -> Table:
    """The raw numbers that the experiment shows at this place."""
    known, (header, *rows) = COLUMNS[place.experiment], table(place)
    return Table(
        name="experiment_rows",
        title=EXPERIMENTS[place.experiment].question,
        columns=tuple(known[str(one)] for one in header),
        rows=tuple(tuple(_cell(one) for one in row) for row in rows),
    )


def _cell(said: object) -> Cell:
    """A cell that is left empty says nothing."""
    assert isinstance(said, str | int | float), said
    return None if said == "" else said
