"""Published results, each with its setting and its source. Nothing here is computed or measured by us."""

from __future__ import annotations

from typing import NamedTuple

from resnet.spec.network import ShortcutOption


class Published(NamedTuple):
    """``value`` in per cent: an ``error`` (lower is better) or an ``accuracy`` (higher is better).

    ``option``    the paper's shortcut option, of those that are one
    ``projects``  shortcuts have convolutions
    """

    what: str
    value: float
    measure: str
    setting: str
    source: str
    option: ShortcutOption | None = None
    projects: bool = False


_HE_2015 = "He et al. 2015, arXiv 1512.03385, table 3"
_HE_2016_1 = "He et al. 2016, arXiv 1603.05027, §3.2 and table 1"
_HE_2016_2 = "He et al. 2016, arXiv 1603.05027, table 2"
_TRICKS = "He et al. 2018, arXiv 1812.01187, table 5"
_IMAGENET = "ResNet-34, ImageNet validation, 10-crop"
_TOP1 = "top-1 error"
_CIFAR = "ResNet-110, CIFAR-10 test"

IDENTITIES = Published("identity shortcuts", 6.61, "error", _CIFAR, _HE_2016_1)
CONVOLUTIONS = Published("1×1 convolution on every shortcut", 12.22, "error", _CIFAR, _HE_2016_1, projects=True)

ON_SHORTCUTS: tuple[Published, ...] = (
    Published("plain, no shortcut", 28.54, _TOP1, "34 layers, ImageNet validation, 10-crop", _HE_2015),
    Published("option A, zero padding", 25.03, _TOP1, _IMAGENET, _HE_2015, "A"),
    Published("option B, projection where needed", 24.52, _TOP1, _IMAGENET, _HE_2015, "B", projects=True),
    Published("option C, projection everywhere", 24.19, _TOP1, _IMAGENET, _HE_2015, "C", projects=True),
    IDENTITIES,
    CONVOLUTIONS,
)
"""What projections everywhere are worth: both directions."""

_HE_2015_2 = "He et al. 2015, arXiv 1512.03385, table 2"
ON_DEPTH: tuple[Published, ...] = (
    Published("plain, 18 layers", 27.94, _TOP1, "ImageNet validation, 10-crop", _HE_2015_2),
    Published("plain, 34 layers", 28.54, _TOP1, "ImageNet validation, 10-crop", _HE_2015_2),
    Published("ResNet, 18 layers, option A", 27.88, _TOP1, "ImageNet validation, 10-crop", _HE_2015_2),
    Published("ResNet, 34 layers, option A", 25.03, _TOP1, "ImageNet validation, 10-crop", _HE_2015),
)
"""What depth does without shortcuts, and with them."""

_10_CROP = "ResNet, ImageNet validation, 10-crop"
ON_DEEPER: tuple[Published, ...] = (
    ON_SHORTCUTS[2]._replace(what="34 layers, option B", setting=_10_CROP),
    Published("50 layers", 22.85, _TOP1, _10_CROP, _HE_2015),
    Published("101 layers", 21.75, _TOP1, _10_CROP, _HE_2015),
    Published("152 layers", 21.43, _TOP1, _10_CROP, _HE_2015),
)
"""What more depth does with shortcuts."""

ON_THE_SHORTCUT: tuple[Published, ...] = (
    IDENTITIES,
    Published("constant scaling", 12.35, "error", _CIFAR, _HE_2016_1),
    Published("exclusive gating, the best", 8.70, "error", _CIFAR, _HE_2016_1, projects=True),
    Published("shortcut-only gating, b = 0", 12.86, "error", _CIFAR, _HE_2016_1, projects=True),
    Published("shortcut-only gating, b = −6", 6.91, "error", _CIFAR, _HE_2016_1, projects=True),
    CONVOLUTIONS,
)
"""What else was put on every shortcut. Dropout there failed: its error is only given as more than 20 %."""

_110, _164, _1001 = (f"ResNet-{depth}, CIFAR-10 test" for depth in (110, 164, 1001))
_HE_2016_3 = "He et al. 2016, arXiv 1603.05027, table 3"
ORIGINAL, PRE_ACTIVATION = "original order", "full pre-activation"
ON_ORDER: tuple[Published, ...] = (
    Published(ORIGINAL, 6.61, "error", _110, _HE_2016_2),
    Published("BatchNorm after the addition", 8.17, "error", _110, _HE_2016_2),
    Published("ReLU before the addition", 7.84, "error", _110, _HE_2016_2),
    Published("ReLU-only pre-activation", 6.71, "error", _110, _HE_2016_2),
    Published(PRE_ACTIVATION, 6.37, "error", _110, _HE_2016_2),
    Published(ORIGINAL, 5.93, "error", _164, _HE_2016_2),
    Published("BatchNorm after the addition", 6.50, "error", _164, _HE_2016_2),
    Published("ReLU before the addition", 6.14, "error", _164, _HE_2016_2),
    Published("ReLU-only pre-activation", 5.91, "error", _164, _HE_2016_2),
    Published(PRE_ACTIVATION, 5.46, "error", _164, _HE_2016_2),
    Published(ORIGINAL, 7.61, "error", _1001, _HE_2016_3),
    Published(PRE_ACTIVATION, 4.92, "error", _1001, _HE_2016_3),
)
"""Where BatchNorm and ReLU stand."""

ON_VARIANTS: tuple[Published, ...] = (
    Published("v1", 76.21, "top-1 accuracy", "ResNet-50, ImageNet validation", _TRICKS),
    Published("v1.5 (B: stride in the 3×3)", 76.66, "top-1 accuracy", "ResNet-50, ImageNet validation", _TRICKS),
    Published("C: and a deep stem", 76.87, "top-1 accuracy", "ResNet-50, ImageNet validation", _TRICKS),
    Published("D: and an average pool", 77.16, "top-1 accuracy", "ResNet-50, ImageNet validation", _TRICKS),
    Published("v1, original order", 6.61, "error", _CIFAR, _HE_2016_2),
    Published("v2, full pre-activation", 6.37, "error", _CIFAR, _HE_2016_2),
)
"""What the variants of the block are worth."""
