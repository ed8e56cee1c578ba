# The hotline's commands. `make help` lists them; ARGS="…" passes options on.
SHELL := /bin/sh
PYTHON ?= /usr/bin/python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
# pip's downloads stay in the checkout; nothing else on this machine changes.
PIP := PIP_CACHE_DIR=$(CURDIR)/$(VENV)/cache PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install --quiet --progress-bar on
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
APT = $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get
TEST_PACKAGES := chromium fonts-noto-cjk sip-tester systemd espeak-ng libatomic1

.DEFAULT_GOAL := help
.PHONY: help up stop status doctor test test-matrix check call bench plan lock

help: ## 列出命令 (this list)
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: $(VENV)/.run ## 准备并在前台运行热线 (set everything up, run in the foreground; Ctrl-C stops)
	@exec $(BIN)/python -m hotline.cli up $(ARGS)

stop: $(VENV)/.run ## 停止本目录的热线 (stop the hotline of this home)
	@exec $(BIN)/python -m hotline.cli stop

status: $(VENV)/.run ## 运行状态 (what runs, where)
	@exec $(BIN)/python -m hotline.cli status $(ARGS)

doctor: $(VENV)/.run ## 检查并给出解决办法 (what is wrong, and the cure)
	@exec $(BIN)/python -m hotline.cli doctor

call: $(VENV)/.run ## 模拟市民来电 (a simulated citizen calls: ARGS="--press 3")
	@exec $(BIN)/python -m hotline.cli call $(ARGS)

plan: $(VENV)/.run ## 检查热线流程 (check the published menus and prompts)
	@exec $(BIN)/python -m hotline.cli plan check $(ARGS)

test: $(VENV)/.test $(VENV)/.packages ## 安装测试所需并运行全部测试 (install what tests need, run them all)
	@$(BIN)/python -m hotline.cli assets
	@exec $(BIN)/python -m pytest $(ARGS)

test-matrix: $(VENV)/.test $(VENV)/.packages ## 逐一运行全部通话组合 (every case of the matrix of which `make test` draws a tenth)
	@$(BIN)/python -m hotline.cli assets
	@exec $(BIN)/python -m tests.matrix $(ARGS)

check: $(VENV)/.test ## 代码检查 (ruff, mypy, import contracts, TypeScript, migrations up to date)
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m hotline.runtime.bundle
	$(BIN)/python -m hotline.runtime.check_migrations
	$(BIN)/python -m hotline.cli plan check

bench: $(VENV)/.test $(VENV)/.packages ## 基准测量 (measurements: ARGS="call_cost --json")
	@$(BIN)/python -m hotline.cli assets
	@exec $(BIN)/python -m bench $(ARGS)

lock: $(VENV)/.test ## 重新锁定依赖 (resolve and pin every requirement again)
	CUSTOM_COMPILE_COMMAND="make lock" $(LOCK) --output-file=requirements/run.txt pyproject.toml
	CUSTOM_COMPILE_COMMAND="make lock" $(LOCK) --extra=test --output-file=requirements/test.txt pyproject.toml

LOCK := $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-annotate \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
	--build-deps-for=editable --extra=prompts --extra=postgres --extra=bundle --extra=phone

$(VENV)/bin/python:
	@echo "▸ Python 环境 (virtual environment in $(VENV)) …"
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "   将安装 Debian 软件包 (installing Debian packages): python3-venv"; \
	  $(APT) update -qq && $(APT) install -y --no-install-recommends python3-venv; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "✗ 需要 Python 3.11 或更新 (PYTHON=…)"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt requirements/prompts.txt pyproject.toml | $(VENV)/bin/python
	@[ -e $(VENV)/.test ] || { echo "▸ 下载并安装 Python 依赖 (requirements/run.txt, about 250 MB, hashes checked) …" \
	  && $(PIP) --require-hashes -r requirements/run.txt && $(PIP) --require-hashes --no-deps -r requirements/prompts.txt; }
	@$(PIP) --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: requirements/test.txt requirements/prompts.txt pyproject.toml | $(VENV)/bin/python
	@echo "▸ 下载并安装测试依赖 (requirements/test.txt, hashes checked) …"
	@$(PIP) --require-hashes -r requirements/test.txt && $(PIP) --require-hashes --no-deps -r requirements/prompts.txt
	@$(PIP) --quiet --no-deps --no-build-isolation --editable .
	@touch $(VENV)/.run $@

$(VENV)/.packages: Makefile | $(VENV)/bin/python
	@missing=$$(for p in $(TEST_PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done); \
	if [ -n "$$missing" ]; then \
	  echo "▸ 将安装 Debian 软件包 (installing Debian packages):" $$missing; \
	  $(APT) update -qq && $(APT) install -y --no-install-recommends $$missing; fi
	@touch $@
