"""Networks that run, with weights from elsewhere.

Comes in: a NetworkSpec, and a file of weights. Goes out: an ``nn.Module``, or a WeightsError that names what does not
fit. May import: ``trace`` and what stands below it, torch and safetensors.
"""
