"""The controls: the only place with session state and with keys of the URL.

Every control that says what is shown is in the address under its name in the page's view (``resnet.views.compare.KNOWN``,
``resnet.views.network.NETWORK_KEYS``, …), so that an address is a view. A bad value in an address is dropped, and
``say_what_was_dropped()`` tells the reader.
"""

from pages.parts.controls.address import keep_in_address, let_the_picture_out, say_what_was_dropped
from pages.parts.controls.answers import current_answers, search_box
from pages.parts.controls.block import block_controls, current, preset_and_fold, take_choice
from pages.parts.controls.conventions import conventions_switch
from pages.parts.controls.network import current_network, network_controls
from pages.parts.controls.practice import current_practice, new_practice, next_question, predictions
from pages.parts.controls.story import current_story, story_controls, story_steps

__all__ = [
    "block_controls",
    "conventions_switch",
    "current",
    "current_answers",
    "current_network",
    "current_practice",
    "current_story",
    "keep_in_address",
    "let_the_picture_out",
    "network_controls",
    "new_practice",
    "next_question",
    "predictions",
    "preset_and_fold",
    "say_what_was_dropped",
    "search_box",
    "story_controls",
    "story_steps",
    "take_choice",
]
