"""Tracing a whole network against torchinfo on the same network, in one run.

    python -m bench.network [--rounds 5]

Both sides start from nothing (building the module included) and run in turns. "Seen before" is a second trace of the
same network. Memory is measured in processes of its own: the highest resident size after `import torch` alone, after
tracing ResNet-152, and after torchinfo. Read the ratios; the milliseconds belong to the machine.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

from resnet import build_network, network, trace_network
from resnet.trace.block import forget

ROOT = Path(__file__).parents[1]

# not resource.getrusage: a new process inherits its parent's highest size there
PEAK = "print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1])"
NAMES = "from resnet.spec.catalogue import network; from resnet.trace.network import trace_network;"
ALONE = f"import torch; {PEAK}"
TRACED = f"{NAMES} trace_network(network('resnet152')); {PEAK}"
INFO = (
    f"{NAMES} from resnet.models.weights import build_network; import torchinfo;"
    f"torchinfo.summary(build_network(network('resnet152')), (1, 3, 224, 224), verbose=0); {PEAK}"
)


def milliseconds(run) -> float:
    start = time.perf_counter()
    run()
    return 1000 * (time.perf_counter() - start)


def peak_mb(code: str) -> float:
    """Highest resident size of a process that runs this, in MB (Linux)."""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return int(out.stdout) / 1024


def main() -> None:
    import torchinfo

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    trace_network(network("resnet18"))  # torch's own first call is nobody's
    heading = "".join(f"{word:>13}" for word in ("torchinfo", "from nothing", "ratio", "seen", "ratio"))
    print(f"{'ms, medians of ' + str(rounds):20}{heading}")
    for name in ("resnet50", "resnet152"):
        spec = network(name)
        theirs, nothing, seen = [], [], []
        for _ in range(rounds):
            theirs.append(
                milliseconds(lambda spec=spec: torchinfo.summary(build_network(spec), (1, 3, 224, 224), verbose=0))
            )
            trace_network.cache_clear()
            forget()
            nothing.append(milliseconds(lambda spec=spec: trace_network(spec)))
            seen.append(milliseconds(lambda spec=spec: trace_network(spec)))
        a, b, c = (statistics.median(values) for values in (theirs, nothing, seen))
        ratios = [f"1/{a / b:.1f}", f"1/{a / c:,.0f}"]
        print(f"{name:20}{a:13.0f}{b:13.1f}{ratios[0]:>13}{c:13.4f}{ratios[1]:>13}")
    alone, traced, info = (statistics.median(peak_mb(code) for _ in range(3)) for code in (ALONE, TRACED, INFO))
    print(f"peak memory, MB: import torch {alone:.0f}, ResNet-152 traced +{traced - alone:.0f}, ", end="")
    print(f"torchinfo's summary of it +{info - alone:.0f}")


if __name__ == "__main__":
    main()
