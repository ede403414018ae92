# make run: the page.  make test: the tests.  make quick: those without a browser.  make check: style and types.
# make bench: the measurements.  make package: the backend alone, installed where nothing else is.

PYTHON ?= python3
PORT ?= 8501
# for `make serve`: WORKERS=4 processes, JOBS=2 more that do the runs of all; SERVE has whatever else
# `python -m deploy.serve --help` lists
WORKERS ?=
JOBS ?= 0
HOST ?= 127.0.0.1
SERVE ?=
# On Linux a plain install of torch brings a CUDA build of several GB. For PyTorch's CPU build instead:
#   make run TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))

.PHONY: run serve reload env test quick check bench load package rehearsal golden readme docs screenshot clean

run: env
	@echo "The page: http://localhost:$(PORT)"
	@$(BIN)/python -m uvicorn app:app --port $(PORT) --no-access-log --ws-per-message-deflate false \
		--timeout-graceful-shutdown 20

# a class or a course: several processes behind nginx, for other machines too with HOST=0.0.0.0
serve: env
	@$(BIN)/python -m deploy.serve $(if $(WORKERS),--workers $(WORKERS)) --jobs $(JOBS) --port $(PORT) --host $(HOST) $(SERVE)

# after an update: one process after the other is replaced, and nobody notices
reload:
	@$(BIN)/python -m deploy.serve --port $(PORT) --reload

env: .venv/.installed

.venv/.installed: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) -r requirements.txt
	@touch $@

.venv/.installed-dev: .venv/.installed requirements-dev.txt
	$(PIP) -r requirements-dev.txt
	@touch $@

# so many at a time (three on two cores are no quicker); who has nothing left takes half of another's, so that no long
# file is the last one alone
TESTERS ?= 2
# compiled once and kept, whatever the environment says: the workers and the programs that tests start import it all anew
test quick: export PYTHONDONTWRITEBYTECODE =

test: .venv/.installed-dev
	$(BIN)/python -m tests.chromium
	$(BIN)/python -m pytest -n $(TESTERS) --dist worksteal

quick: .venv/.installed-dev
	$(BIN)/python -m pytest -n $(TESTERS) --dist worksteal --ignore tests/browser -m 'not slow' --hypothesis-profile quick

check: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/.installed-dev
	$(BIN)/python -m tests.chromium
	$(BIN)/python -m bench.network
	$(BIN)/python -m bench.signal
	$(BIN)/python -m bench.experiments
	$(BIN)/python -m bench.strip
	$(BIN)/python -m bench.models
	$(BIN)/python -m bench.page
	$(BIN)/python -m bench.figures

# a course on 1, 2 and 4 processes, beside a bare page; `python -m bench.load --help` for other numbers
load: .venv/.installed-dev
	$(BIN)/python -m tests.chromium
	$(BIN)/python -m bench.load --workers 1 2 4 --readers 10 50 100 200 400 --browsers 2

package:
	rm -rf .package build *.egg-info && $(PYTHON) -m venv .package
	.package/bin/python -m pip --disable-pip-version-check install --quiet -c requirements.txt \
		$(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) .
	cd .package && bin/python ../tools/ten_lines.py && bin/resnet --help
	rm -rf .package build *.egg-info

# the container file and the compose file, performed in a bare Debian without a container engine; as root, in minutes
rehearsal: .venv/.installed-dev
	$(BIN)/python -m tests.deploy.rehearsal $(if $(TORCH_INDEX),--torch-index $(TORCH_INDEX))

golden: .venv/.installed-dev
	$(BIN)/python -m pytest tests/draw tests/export --update-golden

readme: .venv/.installed-dev
	$(BIN)/python -m tools.readme
	$(BIN)/python -m tools.tables
	$(BIN)/python -m tools.rooms

# the API reference, from the docstrings: docs/api/resnet.html
docs: .venv/.installed-dev
	$(BIN)/python -W error::UserWarning -m tools.reference
	@echo "docs/api/resnet.html"

screenshot: .venv/.installed-dev
	$(BIN)/python -m tests.chromium
	$(BIN)/python -m tools.screenshot

clean:
	rm -rf .venv .package .bare
