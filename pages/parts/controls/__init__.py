"""The controls: the only place with session state and with keys of the URL.

Every control that says what is shown is in the address under its parameter's name, so that an address is a view. A bad
value in an address is dropped, and ``say_what_was_dropped()`` tells the reader.
"""

from pages.parts.controls.address import current, flush_figures, keep_in_address, say_what_was_dropped, send_on
from pages.parts.controls.answers import search_box, searched
from pages.parts.controls.compare import block_controls, take_choice
from pages.parts.controls.experiments import (
    choose_experiment,
    experiment_controls,
    predict,
    predict_again,
    take_block,
    train_here,
)
from pages.parts.controls.kept import keep, settle
from pages.parts.controls.model import model_controls, model_files, model_shown, own_file, own_graphs, take_sum
from pages.parts.controls.network import network_controls
from pages.parts.controls.notation import notation_switch
from pages.parts.controls.practice import given, level, new_practice, next_question, predictions
from pages.parts.controls.share import share_or_end
from pages.parts.controls.signal import own_picture, signal_controls, signal_seen, take_map, take_point
from pages.parts.controls.story import story_controls, story_steps, take_cell

__all__ = [
    "block_controls",
    "choose_experiment",
    "current",
    "experiment_controls",
    "flush_figures",
    "given",
    "keep",
    "keep_in_address",
    "level",
    "model_controls",
    "model_files",
    "model_shown",
    "network_controls",
    "new_practice",
    "next_question",
    "notation_switch",
    "own_file",
    "own_graphs",
    "own_picture",
    "predict",
    "predict_again",
    "predictions",
    "say_what_was_dropped",
    "search_box",
    "searched",
    "send_on",
    "settle",
    "share_or_end",
    "signal_controls",
    "signal_seen",
    "story_controls",
    "story_steps",
    "take_block",
    "take_cell",
    "take_choice",
    "take_map",
    "take_point",
    "take_sum",
    "train_here",
]
