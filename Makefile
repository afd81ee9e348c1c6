# make chat   talk to the bot in this terminal (or pipe lines into it)
# make test   the whole test suite, with the linters and the type checker
VENV ?= .venv
BIN := $(VENV)/bin
CONFIG ?= config/telegram.yaml
ARGS ?=
RUNTIME := console,telegram,slack,local,memory,openai,documents

.PHONY: chat serve test lint bench docs constraints clean
.DEFAULT_GOAL := chat

chat: $(VENV)/.runtime
	@$(BIN)/botframework chat $(ARGS)

serve: $(VENV)/.runtime
	@$(BIN)/botframework serve --config $(CONFIG) $(ARGS)

test: $(VENV)/.dev
	$(BIN)/python -m pytest -q --cov --cov-report=term:skip-covered $(ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports && $(BIN)/mypy

bench: $(VENV)/.dev
	PYTHONPATH=. $(BIN)/python benchmarks/turn_overhead.py
	PYTHONPATH=. $(BIN)/python benchmarks/engine_tokens.py

docs: $(VENV)/.dev
	$(BIN)/python -m pytest -q tests/house/test_docs.py

# A clean resolution of every extra, written down as exact versions.
constraints:
	rm -rf .venv-constraints && python3 -m venv .venv-constraints
	.venv-constraints/bin/python -m pip install --quiet "$$(grep '^torch==' constraints.txt)" ".[dev]"
	.venv-constraints/bin/python -m pip freeze --exclude botframework | sed 's/+cpu$$//' > constraints.txt
	rm -rf .venv-constraints

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/.runtime: pyproject.toml constraints.txt
	@test -e $(VENV)/.dev || deploy/install.sh $(VENV) $(RUNTIME) --editable
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt
	@deploy/install.sh $(VENV) dev --editable
	@touch $@
