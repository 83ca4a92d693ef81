# What people and CI run. `make demo` and `make test` work on a fresh clone; they build .venv first.
# Needs Python 3.11 or newer with venv, and a package index: pip's own configuration is obeyed.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.DELETE_ON_ERROR:
.PHONY: help venv check types rest test nightly crash big incoming bench soak day docs screenshots wheel demo tour lock sbom clean

help:  ## This list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

venv: $(STAMP)  ## Everything that development needs, in .venv

$(STAMP): pyproject.toml requirements/dev.lock requirements/build.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.lock -r requirements/build.lock
	@# setuptools warns at length that new folders are not seen by an editable install: nobody here need know.
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

# Types take as long as all the rest, so they are looked at beside it; what each says comes in one piece.
check: venv  ## Lint, format, types, the direction of imports, security
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target --keep-going types rest

types:
	$(BIN)/mypy

# bandit leaves out the tests: asserts and made-up passwords are what they are made of.
rest:
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --recursive bot desk providers storage sandbox bench deploy requirements
	$(BIN)/python requirements/audit.py

# Tests wait for a condition more than they work: three at once keep two cores busy.
test: venv  ## All tests
	$(BIN)/pytest --numprocesses=3 --dist=worksteal

# One reply in MUTATIONS ways a parser; SEED=... repeats a run. Gateways and operations: make nightly ONLY=smsc
MUTATIONS ?= 100000
SEED ?=
ONLY ?=
# Then everything that comes from outside, MINUTES an entrance, two side by side, and the desk against its model.
nightly: MINUTES ?= 10
nightly: venv  ## Feed parsers and entrances with garbage; takes half an hour and more
	$(BIN)/python -m tests.providers.nightly --mutations $(MUTATIONS) $(if $(SEED),--seed $(SEED)) $(ONLY)
	$(BIN)/python -m tests.entrances --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))
	SMSDESK_MODEL=long $(BIN)/pytest tests/model $(if $(SEED),--hypothesis-seed=$(SEED))

# The program killed KILLS times, at every point and moment; gives up after SECONDS. SEED=... as above.
KILLS ?= 2000
SECONDS ?= 1800
crash: venv  ## Kill it 2000 times and count what the gateways got; fails if anything came twice or was lost
	$(BIN)/python -m tests.crash --kills $(KILLS) --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

# A campaign to 100,000 people, dropped as a file; RECIPIENTS=... for fewer.
RECIPIENTS ?= 100000
big: venv  ## Kill it five times in the midst of one campaign; fails if the ledger is not what the gateway has
	$(BIN)/python -m tests.crash.big --recipients $(RECIPIENTS)

# SMS=1000 for fewer.
SMS ?= 10000
incoming: venv  ## Ten thousand incoming SMS while it is killed; fails if one is not shown, or again without a mark
	$(BIN)/python -m tests.crash.incoming --sms $(SMS) $(if $(SEED),--seed $(SEED))

# What we are measured against has its own virtualenv: aiogram wants an older pydantic.
BENCH := build/bench/.installed
$(BENCH): requirements/bench.lock
	$(PYTHON) -m venv build/bench
	build/bench/bin/python -m pip install --quiet --require-hashes -r requirements/bench.lock
	@touch $@

bench: venv $(BENCH)  ## Measure; fails if a figure is over its goal
	$(BIN)/python bench/reading.py
	$(BIN)/python bench/importing.py
	$(BIN)/python bench/answering.py
	$(BIN)/python bench/backlog.py
	$(BIN)/python -m bench.dispatch
	$(BIN)/python -m bench.waiting
	$(BIN)/python -m bench.reports
	$(BIN)/python -m bench.replicas
	$(BIN)/python bench/status.py
	$(BIN)/python bench/sending.py
	$(BIN)/python bench/starting.py

# The bot under a steady load with one fault in a hundred requests; MINUTES=5 for fewer.
soak: MINUTES ?= 30
soak: venv  ## Memory, open files and the event loop over half an hour; fails if one is not flat
	$(BIN)/python bench/soak.py --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

# The same as fast as the bot answers: about two thousand messages.
day: MINUTES ?= 3
day: venv  ## As much as a desk has to do in a day, in three minutes; fails if memory is not flat
	$(BIN)/python bench/soak.py --minutes $(MINUTES) --rate 100 $(if $(SEED),--seed $(SEED))

docs: venv  ## Write docs/reference anew from the code, and build the site into build/site; dead links fail
	$(BIN)/python -m bot.reference docs/reference
	@# It would tell of its successor each time: docs/decisions/0021-operations.md
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

# From a copy, so that no build is left over here, into a folder elsewhere, so that nothing of here is found there.
wheel: venv  ## Build the wheel into dist, install it with its libraries in an empty place, play the tour there
	rm -rf build/source dist
	mkdir -p build/source
	git ls-files -z --cached --others --exclude-standard | tar -c --null -T - | tar -x -C build/source
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist build/source
	set -e; empty=$$(mktemp -d); trap 'rm -rf "$$empty"' EXIT; \
		$(PYTHON) -m venv --without-pip "$$empty/venv"; \
		$(BIN)/python -m pip --python "$$empty/venv/bin/python" install --quiet --require-hashes -r requirements/run.lock; \
		$(BIN)/python -m pip --python "$$empty/venv/bin/python" install --quiet --no-deps --no-index dist/*.whl; \
		cd "$$empty" && venv/bin/smsdesk demo --tour

# Looks best with Inter and an emoji font (Debian: fonts-inter, fonts-noto-color-emoji).
screenshots: venv  ## Take the pictures of docs/images anew, by the browser's tests
	@mkdir -p docs/images
	CI=true SMSDESK_SCREENSHOTS=docs/images $(BIN)/pytest -q tests/browser

# PORT=... puts the page elsewhere. Ctrl-C is how the demo ends. The shell's own empty trap keeps it alive until the
# program has stopped in order.
PORT ?=
demo: venv  ## The bot and its stand-ins, with a chat page in the browser, until Ctrl-C
	@trap : INT; $(BIN)/smsdesk demo $(if $(PORT),--port $(PORT)) || [ $$? -eq 130 ]

tour: venv  ## A conversation played through the stand-ins; fails if a step does not hold
	@$(BIN)/smsdesk demo --tour

# Keeps the versions that are locked and still fit; `make lock LOCK=--upgrade` takes the newest.
LOCK ?=
UV := build/uv/bin/uv
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command 'make lock' $(LOCK)

lock: $(UV)  ## Write requirements/*.lock anew from pyproject.toml
	$(COMPILE) pyproject.toml --extra postgres -o requirements/run.lock
	$(COMPILE) pyproject.toml --extra dev -c requirements/run.lock -o requirements/dev.lock
	$(COMPILE) --no-annotate requirements/bench.in -o requirements/bench.lock
	$(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
		| $(COMPILE) --no-annotate - -o requirements/build.lock

$(UV):
	$(PYTHON) -m venv build/uv
	build/uv/bin/python -m pip install --quiet uv

# From a virtualenv that has what is locked to run and nothing else, as the Docker image does.
sbom: venv  ## What smsdesk is made of, as CycloneDX, in build/sbom.json
	rm -rf build/run
	$(PYTHON) -m venv --without-pip build/run
	$(BIN)/python -m pip --python build/run/bin/python install --quiet --require-hashes -r requirements/run.lock
	$(BIN)/cyclonedx-py environment build/run --pyproject pyproject.toml --output-reproducible --short-PURLs \
		-o build/sbom.json

clean:  ## Remove what was built, the virtualenv included
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
