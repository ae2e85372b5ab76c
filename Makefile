# The front door. Each target sets up what it needs; CMakePresets.json is there for those who prefer presets.
#   make demo     the main job, on the embedded replica of Binance
#   make test     every test: C++, command line, replica, Python, installation, the documents' examples
#   make build    build/release/bin/klinekeep and klinekeep-replica, and the Python package in .venv
#   make bench    what it costs, beside peers and limits: the archive, REST, answers from the cache, frames, output, a start (15 minutes)
#   make check    what takes longer: sanitizers, clang-tidy, clang-format, ruff, a fuzz smoke
#   make format   clang-format over our own sources, ruff over the Python package
#   make install PREFIX=/where    binary, library, headers, CMake package, man page, completions; runs without this checkout

PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
python := .venv/bin/python
release := build/release
pytest := $(python) -m pytest -q -n $(JOBS) --dist worksteal

.PHONY: demo test build setup bench check reliability sanitize tidy format-check fuzz format install clean

demo: build
	@$(python) scripts/demo.py

test: build
	ctest --test-dir $(release) --output-on-failure -j $(JOBS)
	$(pytest) tests

build: setup
	@cmake --preset release >$(release)-configure.log 2>&1 || { cat $(release)-configure.log; exit 1; }
	cmake --build --preset release -j $(JOBS)
	@site=$$($(python) -c 'import sysconfig; print(sysconfig.get_path("purelib"))') && rm -rf $$site/klinekeep && \
	cmake --install $(release) --component python --prefix $$site >/dev/null

setup:
	@./scripts/setup.sh
	@mkdir -p build

bench: build
	cmake --build --preset release --target benchmarks -j $(JOBS)
	@folder=$$(mktemp -d) && $(release)/bench/klinekeep-bench-small_additions $$folder; code=$$?; rm -rf $$folder; exit $$code
	@$(python) bench/scale.py
	@folder=$$(mktemp -d) && $(release)/bench/klinekeep-bench-pipeline $$folder; code=$$?; rm -rf $$folder; exit $$code
	@$(python) bench/cold_range.py
	@$(python) bench/output.py
	@$(python) bench/peers.py
	@$(release)/bench/klinekeep-bench-codecs
	@$(release)/bench/klinekeep-bench-planning
	@$(release)/bench/klinekeep-bench-warm
	@$(python) bench/startup.py
	@$(python) bench/frames.py

check: format-check tidy sanitize fuzz reliability

# The trials of docs/reliability.md in full; `make test` has a part of each.
reliability: build
	KLINEKEEP_KILLS=1000 $(release)/tests/store_test --gtest_filter='Kill.*:PowerCut.*:KilledFirst.*:*Faults.*:Signals.*:*Crowd.*'
	KLINEKEEP_CORRUPTIONS=1000 $(release)/tests/store_test --gtest_filter='Corruption*'
	KLINEKEEP_MAPPINGS=1 $(release)/tests/store_test --gtest_filter='Mappings.*:Scarce.*'
	$(release)/tests/manager_test --gtest_filter='Crowd*' --gtest_repeat=20
	KLINEKEEP_TRIALS=100 $(pytest) -rP tests/cli/test_trials.py

# The whole of the C++ tests, and the command line's under AddressSanitizer. Corruptions in full only there: they are one thread's.
sanitize: build
	for preset in asan tsan; do \
	  cmake --preset $$preset >/dev/null && cmake --build --preset $$preset -j $(JOBS) || exit 1; \
	done
	KLINEKEEP_CORRUPTIONS=1000 ctest --preset asan -j $(JOBS)
	KLINEKEEP_CORRUPTIONS=10 ctest --preset tsan -j $(JOBS)
	KLINEKEEP_BIN=build/asan/bin/klinekeep $(pytest) tests/cli

tidy: build
	$(python) scripts/tidy.py $(release) -j $(JOBS)

format-check: setup
	git ls-files '*.hpp' '*.cpp' '*.h' | xargs .venv/bin/clang-format --dry-run -Werror
	$(python) -m ruff format --no-cache --check python
	$(python) -m ruff check --no-cache python

format: setup
	git ls-files '*.hpp' '*.cpp' '*.h' | xargs .venv/bin/clang-format -i
	$(python) -m ruff format --no-cache python
	$(python) -m ruff check --no-cache --fix python

fuzz: setup
	cmake --preset fuzz >/dev/null && cmake --build --preset fuzz --target fuzzers -j $(JOBS)
	fuzz/smoke.sh

install: build
	cmake --install $(release) --component klinekeep --prefix $(abspath $(PREFIX))

clean:
	rm -rf build
