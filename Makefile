# Every target does its own set-up: a virtual environment in .venv with what it needs.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
VIDEO ?=
CASES ?=
BENCH_OPTIONS ?=

.PHONY: help demo demo-keep test test-gpu lint types check bench bench-quick bench-gpu parity thumbnails published kernels-report clean

help: ## Say what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11"; exit 2; }
	@echo "installing into $(VENV); torch is large, this takes some minutes the first time"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  -c constraints.txt -e '.[test,lint]'
	@touch $@

demo: $(VENV)/.installed ## Run the real thing here; VIDEO=path for a video of yours
	@$(BIN)/gpu-service demo $(if $(VIDEO),"$(VIDEO)")

demo-keep: $(VENV)/.installed ## The same, and keep database and S3 up until Ctrl-C
	@$(BIN)/gpu-service demo $(if $(VIDEO),"$(VIDEO)") --keep

test: $(VENV)/.installed ## Run the test suite, on up to four cores
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

$(VENV)/.cuda: $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  -c constraints.txt -e '.[test-cuda]'
	@touch $@

test-gpu: $(VENV)/.cuda ## On a machine with a GPU: the GPU path against the CPU path
	@GPU_SERVICE_TEST_REQUIRE=1 GPU_SERVICE_TEST_GPU=1 $(BIN)/python -m pytest -m gpu tests/gpu \
	  --numprocesses auto --maxprocesses 4 --dist worksteal

lint: $(VENV)/.installed ## Ruff, format included
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.installed ## mypy, strict
	@$(BIN)/mypy

check: lint types test ## All that CI runs

$(VENV)/.bench: $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  -c constraints.txt -e '.[bench]'
	@touch $@

bench: $(VENV)/.bench ## Every benchmark, hours; CASES="batch rows" for some (--list says which)
	@$(BIN)/python -m benchmarks $(CASES) $(BENCH_OPTIONS)

bench-quick: $(VENV)/.bench ## Small versions of them, to see that they run
	@$(BIN)/python -m benchmarks $(CASES) --quick $(BENCH_OPTIONS)

bench-gpu: $(VENV)/.cuda $(VENV)/.bench ## On a machine with a GPU: decoder, kernels, nvJPEG, the whole batch
	@$(BIN)/python -m benchmarks --gpu $(CASES) $(BENCH_OPTIONS)

parity: $(VENV)/.installed ## Scores and boundaries against the reference, over all real videos
	@$(BIN)/python -m benchmarks.parity

thumbnails: $(VENV)/.installed ## Every thumbnail against the ffmpeg command line's frame
	@$(BIN)/python -m benchmarks.thumbnails

published: $(VENV)/.installed ## The whole service over all real videos, each stored JPEG checked
	@$(BIN)/python -m benchmarks published

kernels-report: $(VENV)/.installed ## Registers, shared memory and bytes of every kernel, for every GPU
	@$(BIN)/python -m benchmarks.kernels_aot

clean: ## Remove what the targets made
	rm -rf $(VENV) .gpu-service .pytest_cache .mypy_cache .ruff_cache .hypothesis
