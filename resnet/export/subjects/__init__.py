"""Everything that can leave: what it is, whose parameters it has, and in which forms it leaves."""

from __future__ import annotations

from typing import Any

from resnet.export.form import Subject
from resnet.export.subjects.block import BLOCK, BLOCK_CODE, BLOCK_DATA, LAYERS, PAIR, PAIR_CODE
from resnet.export.subjects.charts import CHART, NETWORK_CHARTS
from resnet.export.subjects.documents import COMPARE_REPORT, MODEL_REPORT, NETWORK_REPORT
from resnet.export.subjects.lessons import EXPERIMENT, EXPERIMENT_CSV, EXPERIMENT_TABLE, FLOW, SHARES, SIGNAL, STORY
from resnet.export.subjects.model import GRAPH, MODEL, MODEL_BLOCK, MODEL_DATA, MODELS, SUMS, SUMS_CSV
from resnet.export.subjects.network import BLOCKS, NETWORK, NETWORK_CODE, NETWORK_DATA

OF_BLOCKS = (COMPARE_REPORT, BLOCK_DATA, LAYERS, BLOCK, BLOCK_CODE, PAIR, PAIR_CODE, CHART)
OF_NETWORKS = (NETWORK_REPORT, NETWORK_DATA, BLOCKS, NETWORK, NETWORK_CODE, *NETWORK_CHARTS)
OF_MODELS = (MODEL_REPORT, MODEL_DATA, SUMS, GRAPH, MODEL, MODEL_BLOCK, MODELS)
OF_LESSONS = (SIGNAL, FLOW, SHARES, STORY, EXPERIMENT, EXPERIMENT_TABLE)
OLDER_OF_MODELS, OLDER_OF_LESSONS = (SUMS_CSV,), (EXPERIMENT_CSV,)  # addresses that others have kept
SUBJECTS: tuple[Subject[Any], ...] = (*OF_BLOCKS, *OF_NETWORKS, *OF_MODELS, *OF_LESSONS)
