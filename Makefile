# Docket: what people do with this repository. `make` alone prints the list.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run test check bench compare format lint deps swift

SWIFT ?= swift
# More flags for the build of the tests; CI sets -Xswiftc -warnings-as-errors.
FLAGS ?=
DOCKET := .build/release/docket

# The C libraries, by the name pkg-config knows and the Debian package that has them.
LIBRARIES := libgit2:libgit2-dev yaml-0.1:libyaml-dev libpcre2-8:libpcre2-dev libdeflate:libdeflate-dev

# What is formatted and linted.
SOURCES := Sources Tests $(wildcard Benchmarks)

help: ## print this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sort | \
	  while IFS= read -r line; do printf '  make %-8s %s\n' "$${line%%:*}" "$${line##*## }"; done

run: deps ## build Docket and take this repository's own cases through their workflows
	@$(SWIFT) build -c release --product docket
	@$(DOCKET) run; status=$$?; \
	if [ $$status -eq 0 ]; then echo 'make run: done.'; \
	elif [ $$status -eq 3 ]; then \
	  echo 'make run: done. The faults above are planted in the example (cases/onboarding/planted-*);'; \
	  echo '          all other cases were committed to the branch "ledger".'; \
	else echo "make run: docket run ended with exit code $$status." >&2; exit $$status; fi

test: deps ## build and run all tests
	@$(SWIFT) build --build-tests $(FLAGS)
	@$(SWIFT) test --skip-build

check: deps ## check this repository's workflows, rules, forms and cases
	@$(SWIFT) build -c release --product docket
	@$(DOCKET) check

bench: deps ## measure
	@$(SWIFT) run -c release --package-path Benchmarks

compare: deps ## measure against other engines: datalogic-py, jmespath, jsonschema-rs, zen-engine
	@Benchmarks/compare

format: swift ## format the sources in place
	@$(SWIFT) format --in-place --parallel --recursive $(SOURCES)

lint: swift ## check the sources' format
	@$(SWIFT) format lint --strict --parallel --recursive $(SOURCES)

swift:
	@command -v $(SWIFT) >/dev/null || { \
	  echo 'Docket needs Swift 6.1 or later, which is not on the PATH: https://www.swift.org/install/' >&2; exit 1; }

# Installs what is missing, and only then asks for rights.
deps: swift
	@missing=; \
	command -v pkg-config >/dev/null || missing=pkg-config; \
	for pair in $(LIBRARIES); do \
	  pkg-config --exists "$${pair%%:*}" 2>/dev/null || missing="$$missing $${pair##*:}"; \
	done; \
	[ -z "$$missing" ] && exit 0; \
	if ! command -v apt-get >/dev/null; then \
	  echo "Missing C libraries (Debian's names): $$missing" >&2; \
	  echo 'There is no apt-get here. Install them with the package manager of this system, then try again.' >&2; \
	  exit 1; \
	fi; \
	as_root=; \
	if [ "$$(id -u)" -ne 0 ]; then \
	  command -v sudo >/dev/null || { \
	    echo "Missing: $$missing. Run as root: apt-get install $$missing" >&2; exit 1; }; \
	  as_root=sudo; \
	fi; \
	echo "Installing $$missing"; \
	$$as_root apt-get update -qq && \
	$$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null
