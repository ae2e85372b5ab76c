# The front door. Each target sets up what it needs; CMakePresets.json is there for those who prefer presets.
#   make demo     the main job, on the embedded replica of Binance: builds what it shows, and no more
#   make build    the same without the show: build/release/bin/klinekeep and klinekeep-replica, and the Python package in .venv
#   make test     every test: C++, command line, replica, Python, installation, the documents' examples
#   make wheel    build/wheels: wheels that carry what they need
#   make deb      build/packages: a Debian package of the command and the C++ library
#   make bench    what it costs, beside peers and limits: the archive, REST, slow links, answers from the cache, frames, output,
#                 a start (20 minutes); `make bench-codecs` and its like are its parts
#   make check    what takes longer: sanitizers, clang-tidy, clang-format, ruff, a fuzz smoke; `make check-clang` and `make check-arm64`
#                 build and test by another compiler, and for another processor
#   make format   clang-format over our own sources, ruff over the Python package
#   make install PREFIX=/where    binary, library, headers, CMake package, man page, completions; runs without this checkout

PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
python := .venv/bin/python
release := build/release
# One more than there are cores, as these tests wait as often as they compute.
pytest := $(python) -m pytest -q -n $$(($(JOBS) + 1)) --dist worksteal
benchmarks := small_additions scale pipeline cold_range output peers codecs dates planning warm startup frames wire
programs := klinekeep_cli klinekeep-replica klinekeep_python

setups := $(addprefix setup-,demo test wheel deb bench check arm64)
configures := $(addprefix configure-,demo test bench)

# Two of them would configure and build the same tree at once; each step takes all cores by itself.
.NOTPARALLEL:
.PHONY: demo build test tests packages wheel deb $(setups) $(configures) bench check check-clang check-arm64 check-sdist reliability sanitize tidy format-check fuzz format install clean $(benchmarks:%=bench-%)

demo: build
	@$(python) scripts/demo.py

build: configure-demo
	@$(build_programs)

define build_programs
echo "build: the command, the replica and the Python package"; \
cmake --build --preset release -j $(JOBS) --target $(programs) && \
site=$$($(python) -c 'import sysconfig; print(sysconfig.get_path("purelib"))') && rm -rf "$$site/klinekeep" && \
cmake --install $(release) --component python --prefix "$$site" >/dev/null
endef

test: tests packages
	ctest --test-dir $(release) --output-on-failure -j $(JOBS)
	$(pytest) tests

# All that tests run, but for what they install.
tests: configure-test
	@$(build_programs)
	cmake --build --preset release -j $(JOBS)

packages: tests
	@$(python) scripts/wheel.py --trial
	@$(pack)

wheel: setup-wheel build
	@$(python) scripts/wheel.py

deb: setup-deb build
	cmake --build --preset release -j $(JOBS) --target klinekeep_shared
	@$(pack)

define pack
rm -rf build/packages && { cpack --config $(release)/CPackConfig.cmake >$(release)-pack.log 2>&1 || { cat $(release)-pack.log; exit 1; }; } && \
for package in build/packages/*.deb; do echo "deb: $$package"; done
endef

# What each is made for is set up first, and stays configured: a demo after tests builds no test, and forgets none.
setup-demo:
	@./scripts/setup.sh demo
setup-test:
	@./scripts/setup.sh demo test wheel deb oldest between
setup-wheel:
	@./scripts/setup.sh demo wheel
setup-deb:
	@./scripts/setup.sh demo deb
setup-bench:
	@./scripts/setup.sh demo bench
setup-check:
	@./scripts/setup.sh demo test check
setup-arm64:
	@./scripts/setup.sh demo test arm64

configure-demo: setup-demo
	@$(call configure,)
configure-test: setup-test
	@$(call configure,-DKLINEKEEP_TESTS=ON)
configure-bench: setup-bench
	@$(call configure,-DKLINEKEEP_BENCHMARKS=ON)

define configure
mkdir -p build && { cmake --preset release $(1) >$(release)-configure.log 2>&1 || { cat $(release)-configure.log; exit 1; }; }
endef

bench: $(benchmarks:%=bench-%)

bench-small_additions bench-pipeline: bench-%: configure-bench
	cmake --build --preset release --target klinekeep-bench-$* -j $(JOBS)
	@folder=$$(mktemp -d) && $(release)/bench/klinekeep-bench-$* $$folder; code=$$?; rm -rf $$folder; exit $$code

bench-codecs bench-dates bench-planning bench-warm: bench-%: configure-bench
	cmake --build --preset release --target klinekeep-bench-$* -j $(JOBS)
	@$(release)/bench/klinekeep-bench-$*

bench-scale bench-cold_range bench-output bench-peers bench-startup bench-frames bench-wire: bench-%: configure-bench
	@$(build_programs)
	cmake --build --preset release --target benchmarks -j $(JOBS)
	@$(python) bench/$*.py

check: format-check tidy sanitize fuzz check-sdist reliability

# The sdist as pip builds it for a stranger: all of it, with tools that pip fetches.
check-sdist: setup-wheel
	rm -rf build/sdist build/venv-sdist
	$(python) -c "import scikit_build_core.build as build; build.build_sdist('build/sdist')"
	$(python) -m venv build/venv-sdist && build/venv-sdist/bin/python -m pip install -q build/sdist/*.tar.gz
	build/venv-sdist/bin/klinekeep --version && build/venv-sdist/bin/python -c "import klinekeep; print(klinekeep.__version__)"

# The trials of docs/architecture.md in full; `make test` has a part of each.
reliability: tests
	KLINEKEEP_KILLS=1000 $(release)/tests/store_test --gtest_filter='Kill.*:PowerCut.*:KilledFirst.*:*Faults.*:Signals.*:*Crowd.*'
	KLINEKEEP_CORRUPTIONS=1000 $(release)/tests/store_test --gtest_filter='Corruption*'
	KLINEKEEP_MAPPINGS=1 $(release)/tests/store_test --gtest_filter='Mappings.*:Scarce.*'
	$(release)/tests/manager_test --gtest_filter='Crowd*' --gtest_repeat=20
	KLINEKEEP_TRIALS=100 $(pytest) -rP tests/cli/test_trials.py

# The whole of the C++ tests, and the command line's under AddressSanitizer. Corruptions in full only there: they are one thread's.
sanitize: tests
	for preset in asan tsan; do \
	  cmake --preset $$preset >/dev/null && cmake --build --preset $$preset -j $(JOBS) || exit 1; \
	done
	KLINEKEEP_CORRUPTIONS=1000 ctest --preset asan -j $(JOBS)
	KLINEKEEP_CORRUPTIONS=10 ctest --preset tsan -j $(JOBS)
	KLINEKEEP_BIN=build/asan/bin/klinekeep $(pytest) tests/cli

# As a build without g++'s precompiled headers compiles them, which clang-tidy cannot read.
tidy: setup-check
	cmake --preset asan >/dev/null
	$(python) scripts/tidy.py build/asan -j $(JOBS)

format-check: setup-check
	git ls-files '*.hpp' '*.cpp' '*.h' | xargs .venv/bin/clang-format --dry-run -Werror
	$(python) -m ruff format --no-cache --check python
	$(python) -m ruff check --no-cache python

format: setup-check
	git ls-files '*.hpp' '*.cpp' '*.h' | xargs .venv/bin/clang-format -i
	$(python) -m ruff format --no-cache python
	$(python) -m ruff check --no-cache --fix python

fuzz: setup-check
	cmake --preset fuzz >/dev/null && cmake --build --preset fuzz --target fuzzers -j $(JOBS)
	fuzz/smoke.sh

install: build
	@[ -n "$(PREFIX)" ] || { echo "make install: PREFIX is empty; it is the folder to install into, like /usr/local" >&2; exit 2; }
	cmake --install $(release) --component klinekeep --prefix "$$(realpath -m "$(PREFIX)")"

clean:
	rm -rf build

# docs/architecture.md. The tree by another compiler, with its warnings as errors, and what its tests say.
check-clang: setup-check setup-bench
	cmake --preset clang >/dev/null && cmake --build --preset clang -j $(JOBS) && cmake --build --preset clang --target benchmarks -j $(JOBS)
	ctest --preset clang -j $(JOBS)

emulated := $(addsuffix _test,processor memory core input frame codecs codecs_corpus planner store cli_output cli_views)

# For arm64: cross-built, and run by emulation; the replica that the command asks runs on this machine.
check-arm64: setup-arm64 build
	./scripts/arm64_sysroot.sh
	cmake --preset arm64 >/dev/null && cmake --build --preset arm64 -j $(JOBS) --target klinekeep_cli $(emulated)
	ctest --preset arm64 -j $(JOBS) -R "^($$(echo $(emulated) | tr ' ' '|'))"
	KLINEKEEP_BIN=scripts/arm64_klinekeep.sh $(pytest) tests/cli/test_golden.py tests/cli/test_offline.py
