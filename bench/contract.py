"""The API against its own document: schemathesis, every check, stateful ones too, twenty thousand requests.

    python -m bench.contract [--examples 90] [--runs bounds drawn dear]

Three runs: what lies at the bounds of every parameter, for a few addresses of each page; drawn values for all
addresses, and graphs that one address answers sent to others; and fewer of them for the forms that take long to make.
It prints what was asked, what was found, and the server's resident megabytes (Linux) before and after.
tests/api/test_document.py has a short run of the same.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from bench.load import resident
from bench.page import ROOT, served

BOUNDS = (
    "/api/(block.json|network.json|model.json|models.csv|graph.json|signal_shares.csv|story.svg|experiment.csv|"
    "block.svg|layers.tex)"
)
DEAR = r"\.(png|pdf|zip|html|weights\.onnx)$"  # tenths of a second each, and more
CONFIG = ROOT / "tests" / "api" / "contract.toml"


def schemathesis(address: str, options: Sequence[str]) -> tuple[int, int, str]:
    """How many requests were sent, the exit code, and what was said."""
    program = Path(sys.executable).with_name("schemathesis")
    command = [program, "--config-file", CONFIG, "run", f"{address}/api/openapi.json", "--checks", "all"]
    command += ["--continue-on-failure", "--request-timeout", "120", "--max-response-time", "60", *options]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    said = done.stdout + done.stderr
    many = re.search(r"([\d,]+) generated", said)
    return int(many[1].replace(",", "")) if many else 0, done.returncode, said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=90, help="for each address, in the second run")
    parser.add_argument("--port", type=int, default=8731)
    parser.add_argument("--runs", nargs="+", default=["bounds", "drawn", "dear"])
    args = parser.parse_args()
    runs = {
        "bounds": ["--phases", "examples,coverage", "--include-path-regex", BOUNDS],
        "drawn": [
            *("--phases", "examples,fuzzing,stateful", "--exclude-path-regex", DEAR),
            *("--max-examples", str(args.examples)),
        ],
        "dear": [
            *("--phases", "examples,fuzzing", "--include-path-regex", DEAR),
            *("--max-examples", str(max(1, args.examples // 18))),
        ],
    }
    uvicorn = [sys.executable, "-m", "uvicorn", "app:app", "--port", str(args.port), "--no-access-log"]
    found = 0
    with served(uvicorn, ROOT, args.port) as address:
        process = int(subprocess.check_output(["pgrep", "-f", f"app:app --port {args.port}"], text=True).split()[0])
        urllib.request.urlopen(f"{address}/api/story.svg?step=3").read()  # loads Keras where it is installed
        for name, options in [(name, runs[name]) for name in args.runs]:
            before, start = resident(process), time.perf_counter()
            many, code, said = schemathesis(address, options)
            took, after = time.perf_counter() - start, resident(process)
            print(f"{name:8} {many:7,} requests {took:6.0f} s   {before:5.0f} -> {after:5.0f} MB", flush=True)
            found += code != 0
            if code:
                print(said, flush=True)
    print("findings: see above" if found else "no finding")
    sys.exit(found)


if __name__ == "__main__":
    main()
