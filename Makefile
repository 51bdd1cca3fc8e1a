# `make book` and `make test` are all that is needed; CONTRIBUTING.md explains the others.
PYTHON ?= python3
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
READY := $(VENV)/.ready
PAGE := _build/html/index.html
# The jupyter-book and jupyter commands start each other by name; and TensorFlow is to be quiet.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export TF_CPP_MIN_LOG_LEVEL := 3
export TF_ENABLE_ONEDNN_OPTS := 0

# Tests run in as many processes at a time; each has TensorFlow in its memory, so more need more of that.
WORKERS := 2
PYTEST := $(BIN)/python -m pytest

# What can be seen of the built pages without a browser is seen at each build.
WITHOUT_BROWSER := $(addprefix tests/site/test_,offline.py front.py metadata.py)

# Notebooks are tested each by itself, in any order, and with nowhere to download from.
OFFLINE := http_proxy=http://127.0.0.1:9 https_proxy=http://127.0.0.1:9
# Two at a time, they leave no core for the threads of linear algebra, which wait for one by spinning.
ONE_THREAD := OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
NBVAL := -p nbval.plugin --nbval --nbval-current-env --nbval-sanitize-with tests/nbval.cfg

.PHONY: help book pdf test quick test-site dist test-dist assignments lab notebooks check bench bench-scaling mutants format lock clean

help:
	@echo "make book       build the executed book: $(PAGE)"
	@echo "make pdf        print the built book into one file: _build/lossbook.pdf"
	@echo "make test       everything a contributor needs to know that nothing is broken"
	@echo "make quick LOSS=Huber  the tests of one loss alone, in seconds"
	@echo "make test-site  the built pages in real browsers: use, access, weight, formulas, print"
	@echo "make dist       build the wheel and the source distribution into dist/"
	@echo "make test-dist  test the wheel in bare environments: oldest Python and NumPy, newest"
	@echo "make assignments [SEED=7] [CLASS=class.txt SECRET=...]  make them in _build/assignments"
	@echo "make lab        open the notebooks in JupyterLab"
	@echo "make notebooks  execute the notebooks and store their outputs"
	@echo "make bench      lossbook beside its peers: speed, memory, training"
	@echo "make bench-scaling  descent on growing data, in memory and on two workers"
	@echo "make mutants ROOM=losses [N=300 SEED=0]  which small faults in a room no test notices"
	@echo "make format     format code and notebooks, mend what the linter can mend"
	@echo "make lock       make requirements.txt anew from pyproject.toml"
	@echo "make clean      remove what was built; the environment $(VENV) stays"

$(READY): requirements.txt pyproject.toml
	@PYTHON="$(PYTHON)" sh .ci/python-version
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	  { echo "This Python cannot make an environment; install it: sudo apt install python3-venv"; exit 1; }
	@echo "Installing into $(VENV); the first time this downloads about 800 MB."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

book: $(READY)
	$(BIN)/jupyter-book build . --warningiserror --nitpick --keep-going || \
	  { rm -rf _build/.doctrees; exit 1; } # or the next build would not read, nor warn of, them again
	$(PYTEST) -q $(WITHOUT_BROWSER)
	@echo "The book is built. Open $(CURDIR)/$(PAGE) in a browser."

test-site: book
	$(PYTEST) --numprocesses $(WORKERS) --dist loadfile tests/site

dist: $(READY)
	@rm -rf dist
	$(BIN)/uv build --no-build-isolation --python $(BIN)/python --out-dir dist
	@chmod a+r dist/lossbook-* # uv leaves the wheel to its owner; students install it, too

test-dist: dist
	$(BIN)/python tests/standalone.py dist

assignments: $(READY)
	$(BIN)/python assignments/make.py $(if $(SEED),--seed $(SEED)) \
	  $(if $(CLASS),--class $(CLASS)) $(if $(SECRET),--secret $(SECRET))

pdf: book
	$(BIN)/python book/_ext/pdf.py

test: $(READY) check
	$(PYTEST) --numprocesses $(WORKERS) --dist worksteal tests --ignore=tests/site
	$(PYTEST) --doctest-modules lossbook
	$(PYTEST) --doctest-glob='*.md' README.md
	$(OFFLINE) $(ONE_THREAD) $(PYTEST) --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder \
	  $(NBVAL) $$($(BIN)/python book/_ext/notebooks.py --shuffled)

# One loss after a change, in seconds: what has its name, without the libraries it is compared with.
quick: $(READY)
	@[ -n "$(LOSS)" ] || { echo "Name the loss that you have changed: make quick LOSS=Huber"; exit 1; }
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python tests/alone.py "$(LOSS)"

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(READY)
	$(BIN)/python benchmarks/run.py

bench-scaling: $(READY)
	$(BIN)/python benchmarks/scaling.py

mutants: $(READY)
	$(BIN)/python tests/mutants $(ROOM) $(if $(N),--n $(N)) $(if $(SEED),--seed $(SEED))

lab: $(READY)
	$(BIN)/jupyter lab book

notebooks: $(READY)
	$(BIN)/python book/_ext/notebooks.py

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(READY)
	$(BIN)/uv pip compile --universal --fork-strategy fewest --python-version 3.11 --all-extras \
	  --no-annotate --no-header --no-emit-index-url --upgrade --output-file requirements.txt pyproject.toml

clean:
	rm -rf _build dist .pytest_cache .ruff_cache .hypothesis
