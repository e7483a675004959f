# What people and machines run here. Needs Python 3.11 to 3.14 and make; nothing outside this folder is touched.

LOCK ?= demo
ARGS ?=

# Bytecode is written at installation and kept: a pipeline's run starts in two seconds with it, in five without.
unexport PYTHONDONTWRITEBYTECODE PIP_NO_COMPILE UV_NO_COMPILE_BYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo install test check chaos bench eval lock

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/installed-demo ## Run Trainmaster and everything around it on this machine; ARGS="--fresh" forgets earlier runs
	.venv/bin/python -m demo $(ARGS)

install: .venv/installed-$(LOCK) ## Only install into .venv; LOCK=worker takes just what bot and workers need

test: .venv/installed-dev ## Run the whole test suite; ARGS="tests/unit" runs a part of it
	.venv/bin/python -m pytest --numprocesses 4 --dist loadgroup --no-loadscope-reorder $(ARGS)

check: .venv/installed-dev ## Format, lint, types, import contracts; changes nothing
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports

chaos: .venv/installed-dev ## Kill, cut and slow everything while people ask; N=20 times each, ONLY="worker-*", JOBS=3 side by side
	.venv/bin/python -m tests.chaos --runs $(or $(N),2) $(if $(ONLY),--only "$(ONLY)") $(if $(JOBS),--jobs $(JOBS)) $(ARGS)

bench: .venv/installed-dev ## Measure, and write docs/benchmarks.md; ONLY="acceptance,turn" measures a part of it
	.venv/bin/python -m tests.benchmarks $(if $(ONLY),--only "$(ONLY)") --write docs/benchmarks.md $(ARGS)

eval: .venv/installed-dev ## Play conversations and judge them; MODEL=gemini-flash-latest N=5 times each, ONLY="injection"
	.venv/bin/python -m tests.evals --model $(or $(MODEL),offline) --repeats $(or $(N),1) $(if $(ONLY),--only "$(ONLY)",--write docs/evaluation.md) $(ARGS)

# One resolution: the largest group is resolved, the smaller ones are held to its versions.
COMPILE = uv pip compile --quiet pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

lock: ## Resolve the dependencies anew (needs uv); ARGS="--upgrade" takes newer versions
	$(COMPILE) --group dev $(ARGS) --output-file requirements/dev.lock
	for group in bot worker demo; do \
		$(COMPILE) --group $$group --constraints requirements/dev.lock --output-file requirements/$$group.lock || exit 1; \
	done

# --- The environment: made once, filled again when the lock changes ---

# An environment whose Python is gone, as after an upgrade of the system, is made anew.
$(shell [ -x .venv/bin/python ] || rm -f .venv/installed-*)

# The groups lie inside one another and agree on every version: who has `dev` has `demo` too.
.venv/installed-%: requirements/%.lock | .venv/bin/python
	@echo "Installing $$(grep -c == $<) packages from $< into .venv; the first time takes a few minutes …"
	@if uv --version >/dev/null 2>&1 && \
		uv pip install --quiet --python .venv/bin/python --compile-bytecode --require-hashes --no-deps -r $<; then :; \
	elif .venv/bin/python -c 'import pip' 2>/dev/null || .venv/bin/python -m ensurepip >/dev/null 2>&1; then \
		.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --no-deps -r $<; \
	else \
		echo "There is no pip in .venv: delete that folder and run make again." >&2; exit 1; \
	fi
	@for group in bot worker demo dev; do touch .venv/installed-$$group; [ $$group = $* ] && break; done

.venv/bin/python:
	@for candidate in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
		"$$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null || continue; \
		if uv --version >/dev/null 2>&1; then \
			exec uv venv --quiet --clear --no-python-downloads --python "$$(command -v "$$candidate")" .venv; \
		fi; \
		"$$candidate" -c 'import ensurepip, venv' 2>/dev/null && exec "$$candidate" -m venv --clear .venv; \
		echo "$$candidate cannot make a virtual environment: apt-get install python3-venv (or what your system calls it)." >&2; \
		exit 1; \
	done; \
	echo "Trainmaster needs Python 3.11 to 3.14; python3 is $$(python3 --version 2>&1 || echo missing). Another one: make PYTHON=/path/to/python $(MAKECMDGOALS)" >&2; \
	exit 1
