"""What there is to say of the whole: what it is, whose work is in it, what is kept of a reader, how it is cited."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

from resnet.spec.names import VERSION

WHAT = (
    "ResNet-50’s stage 2 begins with a convolutional block of stride 1. Why can’t it be an identity block, and what is "
    "its 1×1 convolution for? This answers, for any block and any network of the family, with every shape and number "
    "read from the real PyTorch module, and with pictures, charts and tables that can be taken along.",
)

PRIVACY = (
    "Nothing about you is kept. There are no accounts, no analytics, and nothing is fetched from other sites.",
    "What a page shows stands in its address; what no address can carry is held by the page, in your browser. While it "
    "is open its settings are in the memory of one server process, and some minutes later they are gone. A cookie may hold a random number, so that a page finds the same "
    "process again, and another one protects uploads; neither says who you are.",
    "A network of your own loses its weights in your browser; only its graph is sent. A picture of your own is decoded "
    "at once. Both stay in that one page’s memory and are written nowhere.",
    "The log has one line for each request and each change: which page or figure, a hash of the settings, how long it "
    "took. It has no network address, no file’s name and nothing that you typed. To share the work fairly, so many "
    "requests are counted for each network address, as a number that means nothing outside of that process.",
)


class Source(NamedTuple):
    """Something that ships, or that is relied on. ``whose`` made it; ``link`` leads to it, or is empty."""

    what: str
    whose: str
    licence: str
    link: str = ""


PAPERS = (
    Source("Deep Residual Learning: blocks, shortcut options A, B, C", "He et al. 2015", "",
           "https://arxiv.org/abs/1512.03385"),
    Source("Identity Mappings: pre-activation", "He et al. 2016", "", "https://arxiv.org/abs/1603.05027"),
    Source("Accurate, Large Minibatch SGD: zero-γ", "Goyal et al. 2017", "", "https://arxiv.org/abs/1706.02677"),
    Source("Bag of Tricks: ResNet-D", "He et al. 2018", "", "https://arxiv.org/abs/1812.01187"),
    Source("Exemplar-CNN: the task that the shipped network learnt", "Dosovitskiy et al. 2014", "",
           "https://arxiv.org/abs/1406.6909"),
)  # fmt: skip

# as the READMEs beside the files say it
SHIPPED = (
    Source("Typeface of the figures, cut from Source Sans", "Adobe", "SIL Open Font License 1.1"),
    Source("Names and strides of the networks", "torchvision; Keras", "BSD 3-Clause; Apache 2.0"),
    Source("Graphs of MobileNetV2, ConvNeXt-T and ViT-B/32, without weights", "torchvision", "BSD 3-Clause"),
    Source("The network on Signal, the trained networks of the experiments, their tables", "this project", "MIT"),
    Source("Photograph: cat", "Stéfan van der Walt, by scikit-image", "CC0"),
    Source("Photograph: astronaut", "NASA, by scikit-image", "public domain"),
    Source("Photograph: coffee", "Rachel Michetti, courtesy of Pikolo Espresso Bar, by scikit-image", "CC0"),
    Source("Photograph: rocket", "SpaceX, by scikit-image", "public domain"),
    Source("Photograph: temple, cut and made smaller", "danielbuechele (Flickr 6061409035), by scikit-learn", "CC BY 2.0"),
    Source("Photograph: flower, cut and made smaller", "vultilion (Flickr 6056698931), by scikit-learn", "CC BY 2.0"),
    Source("Handwritten digits", "E. Alpaydin and C. Kaynak 1998, by scikit-learn", "CC BY 4.0",
           "https://doi.org/10.24432/C50P49"),
)  # fmt: skip


class Library(NamedTuple):
    """``version`` is the installed one; empty where it is not installed."""

    name: str
    version: str
    what: str
    licence: str


_LIBRARIES = {
    "torch": ("the modules that are traced", "BSD 3-Clause and others"),
    "numpy": ("numbers of tensors", "BSD 3-Clause and others"),
    "safetensors": ("weights in a file without code", "Apache 2.0"),
    "streamlit": ("the pages", "Apache 2.0"),
    "uvicorn": ("the web server", "BSD 3-Clause"),
    "uvloop": ("its event loop", "MIT or Apache 2.0"),
    "starlette": ("the API", "BSD 3-Clause"),
    "jinja2": ("HTML", "BSD 3-Clause"),
    "graphviz": ("DOT files", "MIT"),
    "pillow": ("pictures, and how wide text is", "MIT-CMU"),
    "resvg-py": ("PNG", "MIT"),
    "svglib": ("PDF, from SVG", "LGPL 3.0"),
    "reportlab": ("PDF", "BSD 3-Clause"),
    "plotly": ("charts", "MIT"),
    "onnx": ("networks of others", "Apache 2.0"),
    "cachetools": ("caches", "MIT"),
    "rapidfuzz": ("the search", "MIT"),
    "shtab": ("completion of the command line", "MPL 2.0"),
    "prometheus_client": ("counters", "Apache 2.0 and BSD 2-Clause"),
    "redis": ("runs that several processes share", "MIT"),
    "rq": ("its queue", "BSD 2-Clause"),
}


@cache
def libraries() -> tuple[Library, ...]:
    return tuple(Library(name, _installed(name), *told) for name, told in _LIBRARIES.items())


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def citation() -> str:
    """To paste: BibTeX."""
    lines = ["title = {The residual block, explained}", "author = {{The authors of the residual block explainer}}",
             f"version = {{{VERSION}}}", "year = {2026}"]  # fmt: skip
    return "@misc{residual-block-explainer,\n" + "".join(f"  {one},\n" for one in lines) + "}"
