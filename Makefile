# make demo [SECONDS=30]   the whole path on this machine, from ticks to candles
# make check, make test    the checks and tests of CI; make test ARGS="-k name" runs some
# make fuzz [MINUTES=20]   schemathesis against the API, with another seed each time
# make faults              the fault tests at full length, and what is too long for make test
# make soak                150 random sequences of operations on a tick store, instead of 5
# make operations          backup, failover, upgrades and monitoring at full length
# make scale               the archive and Spark at full length, with both engines compared
# make release             wheel, source distribution and image, each started on a bare machine
# make audit               known vulnerabilities of the packages of the image
# make clients             the clients of other APIs against this one, heavier ones too
# make bench               the loader compared with psql's copy; reports in build/
# make bench-exports       exports of the REST API compared with psql's copy; reports in build/
# make bench-archived      exports, restores and pages of archived days compared with copies and with stored days
# make bench-candles       the speed of building, reading and verifying candles; reports in build/
# make bench-page          the chart compared with a bare page of its library; a report in build/
# make screenshots         the pictures of the pages in docs/screenshots/
# make lock                the requirements*.txt, from pyproject.toml
# make clean               removes .venv and caches, but not the stack's downloads

BIN := .venv/bin
# Three workers, each with a database and a broker of its own; no workers if a database is given.
# On two cores too: many tests wait for servers that hang, or that are killed and come back.
PYTEST := $(BIN)/python -m pytest -n $(if $(STOCKPULSE_DATABASE_URL),0,3) --dist worksteal
COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --all-build-deps --strip-extras \
	--unsafe-package stockpulse --no-header --no-annotate --no-emit-index-url \
	--no-emit-find-links --no-emit-trusted-host

.PHONY: demo test clients fuzz faults operations scale release audit soak bench bench-exports bench-archived bench-candles bench-page screenshots \
	check lock clean

demo: .venv/stamp
	@$(BIN)/stockpulse demo $(if $(SECONDS),--seconds $(SECONDS))

test: .venv/stamp
	@$(PYTEST) $(ARGS)

clients: .venv/stamp
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile \
		--require-hashes -r requirements.clients.txt
	@CLIENT_SECONDS=120 $(PYTEST) tests/clients $(ARGS)

fuzz: .venv/stamp
	@FUZZ_MINUTES=$(or $(MINUTES),20) $(BIN)/python -m pytest -n 0 -q tests/api/fuzz $(ARGS)

faults: .venv/stamp
	@FULL_FAULTS=1 $(PYTEST) tests/faults tests/acceptance $(ARGS)
	@FULL_FAULTS=1 $(PYTEST) -m long --ignore=tests/faults --ignore=tests/acceptance $(ARGS)

operations: .venv/stamp
	@OPERATIONS=1 $(PYTEST) tests/operations $(ARGS)

scale: .venv/stamp
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile \
		--require-hashes -r requirements.scale.txt
	@$(if $(STOCKPULSE_SPARK_JARS),,$(BIN)/stockpulse --quiet spark jars build/spark-jars)
	@SCALE=1 STOCKPULSE_SPARK_JARS=$(or $(STOCKPULSE_SPARK_JARS),$(CURDIR)/build/spark-jars) \
		$(BIN)/python -m pytest -n 2 --dist loadfile $(wildcard tests/archive tests/scale tests/api/archived) $(ARGS)

check: .venv/stamp
	@echo "check: ruff" && $(BIN)/ruff check --quiet .
	@echo "check: ruff format" && $(BIN)/ruff format --quiet --check .
	@echo "check: mypy" && $(BIN)/mypy
	@echo "check: sqlfluff" && env PYTHONWARNINGS=ignore $(BIN)/sqlfluff lint --disable-progress-bar --processes 2 \
		db archive scale ingest api cli

.venv/stamp: requirements.txt pyproject.toml .ci/venv
	@.ci/venv

soak: .venv/stamp
	@SOAK_EXAMPLES=300 $(BIN)/python -m pytest tests/soak tests/ingest/updates $(ARGS)

bench: .venv/stamp
	@$(BIN)/python -m bench.loader $(ARGS)
	@$(BIN)/python -m bench.freshness
	@$(BIN)/python -m bench.duplicates

bench-exports: .venv/stamp
	@$(BIN)/python -m bench.exports $(ARGS)

bench-archived: .venv/stamp
	@$(BIN)/python -m bench.archive_export
	@$(BIN)/python -m bench.archive_restore
	@$(BIN)/python -m bench.archived $(ARGS)

bench-candles: .venv/stamp
	@$(BIN)/python -m bench.candles $(ARGS)
	@$(BIN)/python -m bench.verify

bench-page: .venv/stamp
	@$(BIN)/python -m bench.page $(ARGS)

screenshots: .venv/stamp
	@$(BIN)/python -m tests.browser.screenshots $(ARGS)

RELEASE_TOOLS = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile \
	--require-hashes -r requirements.release.txt

release: .venv/stamp
	@$(RELEASE_TOOLS)
	@.ci/release

audit: .venv/stamp
	@$(RELEASE_TOOLS) || true  # without a network it is skipped
	@.ci/audit

lock:
	@$(BIN)/python -m pip install --quiet pip-tools
	@$(COMPILE) --extra dev --output-file requirements.txt pyproject.toml
	@$(COMPILE) --extra archive --extra arrow --extra calendars --constraint requirements.txt \
		--output-file requirements.runtime.txt pyproject.toml
	@$(COMPILE) --constraint requirements.txt --extra readers \
		--output-file requirements.clients.txt pyproject.toml
	@$(COMPILE) --constraint requirements.txt --extra archive --extra spark \
		--output-file requirements.scale.txt pyproject.toml
	@$(COMPILE) --constraint requirements.txt --extra release \
		--output-file requirements.release.txt pyproject.toml
	@sed -i '/^#/d' requirements*.txt  # a warning that the project itself is not pinned

clean:
	@rm -rf .venv build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
