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
CACHE := _build/.jupyter_cache
PACKAGE := $(wildcard lossbook/*.py lossbook/*/*.py)
# The jupyter-book and jupyter commands start each other by name; and TensorFlow is to be quiet.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export TF_CPP_MIN_LOG_LEVEL := 3
export TF_ENABLE_ONEDNN_OPTS := 0

# What can be seen of the built pages without a browser is seen at each build.
WITHOUT_BROWSER := $(addprefix tests/site/test_,offline.py front.py metadata.py)

# Notebooks are tested each by itself, in any order, and with nowhere to download from.
OFFLINE := http_proxy=http://127.0.0.1:9 https_proxy=http://127.0.0.1:9

.PHONY: help book pdf test test-site dist test-dist assignments lab notebooks check bench bench-scaling mutants format lock clean

help:
	@echo "make book       build the executed book: $(PAGE)"
	@echo "make pdf        print the built book into one file: _build/lossbook.pdf"
	@echo "make test       everything a contributor needs to know that nothing is broken"
	@echo "make test-site  the built pages in a real browser (Chromium): use, access, weight, print"
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
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "lossbook needs Python 3.11 or newer: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	  { echo "This Python cannot make an environment; install it: sudo apt install python3-venv"; exit 1; }
	@echo "Installing into $(VENV); the first time this downloads about 800 MB."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Executed notebooks are kept by their code alone; where the package or the style has changed, so
# may have the results, and nothing is kept. (Sphinx reads a page again only where its own file has
# changed, unless its doctrees are gone.)
$(CACHE)/.package: $(READY) $(PACKAGE) book/matplotlibrc
	@rm -rf $(CACHE) _build/.doctrees
	@mkdir -p $(CACHE)
	@touch $@

# Some pages read more than their own code: the claims ledger the chapters, the agreement ledger the
# table of the tests, the list of mistakes the tests' examples, chapters 14 to 16 what the benchmarks
# have stored, and the front page both ledgers and how to cite the book.
$(CACHE)/.claims: $(CACHE)/.package $(wildcard book/0[1-8]*.ipynb)
	@$(BIN)/python book/_ext/forget.py $(CACHE) book/10-claims.ipynb
	@touch $@

$(CACHE)/.agreement: $(CACHE)/.package tests/cases.py tests/peers.py
	@$(BIN)/python book/_ext/forget.py $(CACHE) book/agreement.ipynb
	@touch $@

$(CACHE)/.mistakes: $(CACHE)/.package tests/mistakes.py
	@$(BIN)/python book/_ext/forget.py $(CACHE) book/mistakes.ipynb
	@touch $@

$(CACHE)/.measured: $(CACHE)/.package $(wildcard benchmarks/*.json benchmarks/*.py)
	@$(BIN)/python book/_ext/forget.py $(CACHE) book/14-scaling.ipynb
	@$(BIN)/python book/_ext/forget.py $(CACHE) book/15-performance.ipynb
	@$(BIN)/python book/_ext/forget.py $(CACHE) book/16-a-thousand-workers.ipynb
	@touch $@

$(CACHE)/.front: $(CACHE)/.package book/10-claims.ipynb book/agreement.ipynb CITATION.cff
	@$(BIN)/python book/_ext/forget.py $(CACHE) book/index.ipynb
	@touch $@

book: $(READY) $(CACHE)/.package $(CACHE)/.claims $(CACHE)/.agreement $(CACHE)/.mistakes $(CACHE)/.measured $(CACHE)/.front
	$(BIN)/jupyter-book build . --warningiserror --nitpick --keep-going
	$(BIN)/python -m pytest -q $(WITHOUT_BROWSER)
	@echo "The book is built. Open $(CURDIR)/$(PAGE) in a browser."

test-site: book
	$(BIN)/python -m pytest tests/site

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
	$(BIN)/python -m pytest tests --ignore=tests/site
	$(BIN)/python -m pytest --doctest-modules lossbook
	$(BIN)/python -m pytest --doctest-glob='*.md' README.md CONTRIBUTING.md
	$(OFFLINE) $(BIN)/python -m pytest --nbval --nbval-current-env --nbval-sanitize-with tests/nbval.cfg \
	  $$($(BIN)/python book/_ext/notebooks.py --shuffled)

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
