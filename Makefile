# The README's commands. `make help` lists them.

SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

DATA   ?= ./data
DEMO   ?= ./demo-data
LISTEN ?= localhost:8080
# How long make fuzz runs each fuzzer.
FUZZTIME ?= 10m

# A build must work from an archive as well as from a clone, and twice the same.
GOBUILD := CGO_ENABLED=0 go build -trimpath -buildvcs=false

.PHONY: help run demo build web test web-test screenshots lint bench bench-web fuzz bite deps clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## build, then serve everything embedded on http://localhost:8080 with its data in ./data
	./cenacle serve --data $(DATA) --listen $(LISTEN) --registration open

demo: build ## like run, with a workspace of eight invented people in ./demo-data; prints how to sign in
	go run ./tools/demo -data $(DEMO) -origin http://$(LISTEN)
	./cenacle serve --data $(DEMO)/server --listen $(LISTEN) --registration open

# The web app, where this source has it, is built first so that it is embedded.
build: $(if $(wildcard client/web/package.json),web) ## leave the program in ./cenacle
	$(GOBUILD) -o cenacle .

web: ## build the web app into client/web/dist (needs Node)
	scripts/wasm.sh
	cd client/web && npm ci --no-audit --no-fund && npm run build
	node scripts/compress.mjs client/web/dist .cache/brotli

test: ## run every check and test, installing what they need
	scripts/test.sh

web-test: web ## the web app's own checks and tests, in Chromium too
	$(GOBUILD) -o cenacle .
	scripts/web.sh check
	scripts/web.sh e2e

screenshots: build ## every screen as a picture, into ./screenshots
	scripts/screenshots.sh

lint: ## gofmt, go vet and staticcheck
	scripts/lint.sh

bench-web: build ## measure the web app in Chromium and print a table
	scripts/bench-web.sh

bench: ## run every benchmark and print a table
	scripts/bench.sh

fuzz: ## run each fuzzer for FUZZTIME (10m)
	FUZZTIME=$(FUZZTIME) scripts/fuzz.sh

bite: ## take away each check in a copy of the tree; the test of its attack must fail
	go run ./tools/bite

deps: ## fetch the modules and install what the tests need beside Go
	go mod download
	scripts/deps.sh

clean: ## remove what the other targets made, but never ./data and ./demo-data
	rm -rf cenacle build screenshots .cache
