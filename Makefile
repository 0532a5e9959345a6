# make train and make test are all a fresh clone needs; the rest is listed in README.md.
PYTHON ?= python3
TRAIN ?= -m examples.mnist
TRAIN_ARGS ?=
PYTEST_ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
STATE := $(VENV)/.taeda
# One file says where uv is, so that it is looked for once.
UV_PATH := .tools/uv-path
UV = $$(cat $(UV_PATH))
PYPROJECTS := pyproject.toml kernels/pyproject.toml $(wildcard packages/*/pyproject.toml)
CPP_FILES = $(shell git ls-files -co --exclude-standard '*.h' '*.cpp' '*.cu' '*.cuh')

# An environment that happens to be active is not ours.
unexport VIRTUAL_ENV CONDA_PREFIX PYTHONPATH PYTHONHOME
export UV_PYTHON_DOWNLOADS := never

.DELETE_ON_ERROR:
.PHONY: train test test-all test-examples test-packaging check check-text check-layers check-format \
  check-lint check-types check-stubs check-lock format stubs build setup bench bench-page sanitize wheels lock \
  upgrade cuda cuda-simulated cuda-racecheck cuda-check clean

train: build
	$(PY) $(TRAIN) $(TRAIN_ARGS)

test: build
	$(PY) -m pytest --ignore=tests/packaging --ignore=tests/examples -m "not slow" $(PYTEST_ARGS)

test-examples: build
	$(PY) -m pytest tests/examples $(PYTEST_ARGS)

test-packaging: wheels
	UV=$(UV) $(PY) -m pytest tests/packaging $(PYTEST_ARGS)

test-all: build test-packaging
	$(PY) -m pytest --ignore=tests/packaging $(PYTEST_ARGS)

# Rebuilds what changed, in seconds; the first run sets everything up.
build setup: $(STATE)/third-party
	@$(PY) scripts/develop.py --uv "$(UV)"

$(UV_PATH): scripts/uv.sh
	@mkdir -p $(@D)
	@uv=$$(sh scripts/uv.sh $(PYTHON)) && mkdir -p $(@D) && echo "$$uv" > $@

# The lock names no index, so uv's sync would resolve again and write it anew; an export reads it
# as it is.
$(STATE)/third-party: $(UV_PATH) uv.lock $(PYPROJECTS)
	@test -x $(PY) || "$(UV)" venv --quiet --python "$(PYTHON)" $(VENV)
	@$(PY) scripts/check_machine.py
	@mkdir -p $(STATE)
	"$(UV)" export --quiet --frozen --no-hashes --no-emit-workspace --no-header --no-annotate \
	  --all-groups --output-file $(STATE)/requirements.txt
	"$(UV)" pip install --quiet --compile-bytecode --python $(PY) \
	  --requirements $(STATE)/requirements.txt
	@touch $@

check: check-text check-layers check-format check-lint check-types check-stubs check-lock

check-text check-layers: check-%: $(STATE)/third-party
	$(PY) scripts/check_$*.py

check-format: $(STATE)/third-party
	$(BIN)/ruff format --check .
	@$(BIN)/clang-format --dry-run -Werror $(CPP_FILES)

check-lint: $(STATE)/third-party
	$(BIN)/ruff check .

check-types: $(STATE)/third-party
	$(BIN)/mypy

check-stubs: build
	$(PY) scripts/stubs.py --check

check-lock: $(STATE)/third-party
	$(PY) scripts/lock.py --check --uv "$(UV)"

format: $(STATE)/third-party
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/clang-format -i $(CPP_FILES)

stubs: build
	$(PY) scripts/stubs.py

bench: build
	$(PY) -m benchmarks $(if $(ONLY),--only '$(ONLY)') $(BENCH_ARGS)

bench-page: $(STATE)/third-party
	$(PY) -m benchmarks.page

# The plug-in for CUDA devices, built by nvcc and installed.
cuda: build
	$(PY) scripts/cuda.py install --uv "$(UV)"

# The same kernels as loops on the CPU, and the tests of the plug-in on them.
cuda-simulated: build
	$(PY) scripts/cuda.py simulated
	$(PY) -m pytest tests/cuda/test_simulated.py

# The same under the sanitizer of threads, which sees races between the threads of a kernel.
cuda-racecheck: build
	$(PY) scripts/cuda.py racecheck $(if $(ONLY),--tests $(ONLY))

# On a machine with a GPU, with any Python that has what scripts/cuda_check.py names: no network.
cuda-check:
	$(PYTHON) scripts/cuda_check.py

sanitize: $(STATE)/third-party
	@$(PY) scripts/sanitize.py --uv "$(UV)" -- $(PYTEST_ARGS)

wheels: build
	@$(PY) scripts/wheels.py --uv "$(UV)"

lock: $(UV_PATH)
	$(PYTHON) scripts/lock.py --uv "$(UV)"

upgrade: $(UV_PATH)
	$(PYTHON) scripts/lock.py --upgrade --uv "$(UV)"

clean:
	rm -rf build dist .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis
	rm -rf kernels/build $(wildcard packages/*/build)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
