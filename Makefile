# What one types here; bare `make` lists it. PORT, PANEL_HOME and every name in .env.example move or change the panel:
#   make up PORT=9000 PANEL_HOME=/srv/panel

.DEFAULT_GOAL := help
.PHONY: help up test soak bench lint format texts clean

VENV := .venv
BIN := $(VENV)/bin
# The first of these that is 3.11 or newer makes the virtual environment; PYTHON=… chooses another.
PYTHONS := $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

help: ## List what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

up: $(VENV)/.runtime ## Run the panel with all it needs until Ctrl-C; PORT=9000 and PANEL_HOME=… move it
	@exec $(BIN)/python manage.py up

test: $(VENV)/.development ## Run the tests, beside a running panel too; ARGS="tests/orders -k refund" chooses some
	$(BIN)/python -m pytest -n 3 --dist loadgroup $(ARGS)

soak: $(VENV)/.development ## Strike at a whole panel under load for 5 minutes; ARGS="--minutes 60 --seed 7" for others
	$(BIN)/python -m tests.resilience.soak $(ARGS)

bench: $(VENV)/.development ## Measure the ways to do one thing side by side, on services of its own, and print the tables
	@set -e; for file in $$(grep -l '^if __name__' bench/*.py); do \
		$(BIN)/python -m "bench.$$(basename "$$file" .py)" $(ARGS); \
	done

lint: $(VENV)/.development ## Check format, lint, types and the direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports

format: $(VENV)/.development ## Format the code, and mend what lint can mend itself
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

texts: $(VENV)/.development ## Gather what is to be translated, and compile the translations (needs GNU gettext)
	$(BIN)/python manage.py gather_texts

clean: ## Remove .venv and the tools' caches; the panel's data stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.runtime: requirements.txt
	@for python in $(PYTHONS); do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "NotPanel needs Python 3.11 or newer, and none was found (looked for: $(PYTHONS))." >&2; \
		echo "Install one, or name it: make up PYTHON=/path/to/python3.11" >&2; exit 1; \
	fi; \
	if ! [ -x $(BIN)/python ] && ! $$found -m venv $(VENV); then \
		rm -rf $(VENV); \
		echo "$$found cannot make a virtual environment. On Debian: apt-get install python3-venv" >&2; exit 1; \
	fi
	@echo "Installing requirements.txt into $(VENV) (a minute, only when it has changed)"
	@$(PIP) install -r requirements.txt
	@touch $@

$(VENV)/.development: requirements-dev.txt $(VENV)/.runtime
	@echo "Installing requirements-dev.txt into $(VENV)"
	@$(PIP) install -r requirements-dev.txt
	@touch $@
