# Every command a person needs; `make help` lists them.
#
#   NGINX_SRC=, NGINX_FLAGS=   build for another nginx, see t/scripts/build
#   CC=                        compiler
#   DESTDIR=                   for make install
#   PORT=, GATEWAY=, RUN=      for make run: ports of nginx and of the gateway
#                              that it plays, folder (build/run)
#   TESTS=, PROVE_FLAGS=       for make test and make test-sanitize
#   CONDITIONS=, LIBRARIES=    for make test-network, see t/scripts/network
#   MATRIX=, MATRIX_SOURCE=    for make test-matrix, see t/scripts/matrix
#   CHECKS=                    for make lint, see t/scripts/lint
#   MUTANTS=, ...              for make mutants, see t/mutants/run
#   REDIS_CLI=                 for make load-functions, "redis-cli -h ..."

SHELL := /bin/sh
.DEFAULT_GOAL := all

REDIS_CLI ?= redis-cli
PORT ?= 8080

# make has a default for CC; nginx has a better one
ifneq ($(origin CC),default)
export CC
endif

export NGINX_SRC NGINX_FLAGS PORT GATEWAY RUN TESTS PROVE_FLAGS
export CONDITIONS LIBRARIES CHECKS MUTANTS MATRIX MATRIX_SOURCE


.PHONY: all
all:                    ## build the module for the installed nginx, and tools
	@t/scripts/build
	@$(MAKE) -s tools

.PHONY: tools
tools:                  ## build the command-line tools, into build/tools
	@$(MAKE) -s -C tools

.PHONY: install
install: all            ## put it where the installed nginx looks (as root)
	@t/scripts/install "$(DESTDIR)"

.PHONY: uninstall
uninstall:              ## take away what install put there
	@t/scripts/uninstall "$(DESTDIR)"

.PHONY: deb
deb:                    ## the Debian package, in build/
	@t/scripts/install-deps deb
	@t/scripts/deb

.PHONY: run
run:                    ## a private Redis and nginx with sample data, on PORT
	@t/scripts/install-deps run
	@t/scripts/build
	@$(MAKE) -s tools
	@t/scripts/run

.PHONY: test
test:                   ## all tests
	@t/scripts/install-deps test
	@t/scripts/build
	@$(MAKE) -s tools
	@t/scripts/test

.PHONY: test-sanitize
test-sanitize:          ## the same against an nginx with ASan and UBSan
	@t/scripts/install-deps sanitize
	@t/scripts/sanitize

.PHONY: torture
torture:                ## every allocation of a worker fails in turn
	@t/scripts/install-deps test
	@t/scripts/build
	@TORTURE_STEP=1 prove -vIt/lib t/torture

.PHONY: upheaval
upheaval:               ## failovers under load: RUNS=20 SCENE=behind CHANGES=1000
	@t/scripts/install-deps test
	@t/scripts/build
	@RUNS='$(or $(RUNS),20)' SCENE='$(or $(SCENE),behind)' \
	    CHANGES='$(or $(CHANGES),1000)' prove -vIt/lib \
	    t/redis/upheaval_sentinel.t t/redis/upheaval.t

.PHONY: test-network
test-network:           ## a part under small buffers, TLS, loss, a far Redis
	@t/scripts/install-deps test
	@t/scripts/build
	@$(MAKE) -s tools
	@t/scripts/network

.PHONY: test-matrix
test-matrix:            ## a part with other releases' nginx, Redis, compilers
	@t/scripts/install-deps matrix
	@t/scripts/matrix

.PHONY: coverage
coverage:               ## which lines and branches the tests run
	@t/scripts/install-deps test
	@t/scripts/build
	@$(MAKE) -s tools
	@t/scripts/coverage

.PHONY: model
model:                  ## check the model of the lease, with spin
	@t/scripts/install-deps test
	@t/model/check -DFAULTS=2 -DTICKS=0
	@t/model/check -DFAULTS=0 -DTICKS=2

.PHONY: mutants
mutants:                ## small changes that no test notices: MUTANTS=300
	@t/scripts/install-deps test
	@t/scripts/build
	@t/mutants/run

.PHONY: lint
lint:                   ## look at the sources: compilers, clang-tidy and others
	@t/scripts/install-deps lint
	@t/scripts/build
	@$(MAKE) -s tools
	@t/scripts/lint

.PHONY: bench
bench:                  ## server time per request, beside a bare nginx
	@t/scripts/install-deps bench
	@t/scripts/build
	@$(MAKE) -s tools
	@t/bench/run

.PHONY: profile
profile:                ## where the time of a request goes, see t/bench/profile
	@t/scripts/install-deps profile
	@t/scripts/build
	@$(MAKE) -s tools
	@t/bench/profile

.PHONY: fuzz
fuzz:                   ## fuzz the parsers for long
	@t/scripts/install-deps test
	@$(MAKE) -C t/fuzz long

.PHONY: load-functions
load-functions:         ## load the library into a Redis by hand (REDIS_CLI=)
	@mkdir -p build
	@sh redis-scripts/join.sh build/library.lua
	@$(REDIS_CLI) -x FUNCTION LOAD REPLACE < build/library.lua

.PHONY: deps
deps:                   ## install what building and running need
	@t/scripts/install-deps run

.PHONY: clean
clean:                  ## remove build/
	rm -rf build

.PHONY: help
help:                   ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 17
