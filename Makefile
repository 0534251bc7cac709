# make run      the main job: a model grows on a sample diary, live in the terminal; then the studio opens in the browser
# make test     every test and check
# make docs     the site of the documents, in both languages, in build/docs (a minute or two)
# make lessons  every lesson's notebook through Jupyter, in both languages (up to 20 minutes)
# make release  what is uploaded, into dist/: built twice, installed in a fresh home, used (docs/releasing.md)
# Works with Python 3.11 to 3.14; everything is installed into .venv.

PYTHON ?= python3
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

# what the studio's pages are made of: when it changes, they are built anew
PAGES := hatch_build.py $(wildcard frontend/*.* frontend/src/* frontend/src/*/* frontend/src/*/*/*)

.PHONY: run test check docs lessons bench soak release clean

run: .venv/run.stamp
	$(BIN)/mebuki demo
	$(BIN)/mebuki studio

test: check
	$(BIN)/python -m pytest -n 2

check: .venv/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/python frontend/api_types.py --check
	$(BIN)/python frontend/build_pages.py --check

docs: export NO_MKDOCS_2_WARNING := 1
docs: .venv/docs.stamp
	$(BIN)/mkdocs build --quiet --strict -f website/mkdocs.yml
	$(BIN)/mkdocs build --quiet --strict -f website/mkdocs.ja.yml
	@echo "built: build/docs/index.html, and in Japanese build/docs/ja/index.html"

lessons: .venv/lessons.stamp
	$(BIN)/python lessons/build.py --check
	$(BIN)/python lessons/run.py

bench: .venv/dev.stamp
	$(BIN)/python -m benchmarks

soak: .venv/dev.stamp
	$(BIN)/python -m pytest -m soak -n 2

release: .venv/dev.stamp
	$(BIN)/python release/archives.py
	$(BIN)/python release/fresh.py
	$(BIN)/python release/platforms.py

.venv/made.stamp:
	$(PYTHON) -c "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15) and 'Mebuki needs Python 3.11 to 3.14; try: make PYTHON=python3.13')"
	$(PYTHON) -m venv .venv
	@$(PYTHON) -c "open('.venv/made.stamp', 'w').close()"

.venv/run.stamp: .venv/made.stamp pyproject.toml $(PAGES)
	@echo "installing Mebuki and all its extras into .venv (a few minutes the first time)"
	$(PIP) -e ".[all]"
	@$(PYTHON) -c "open('.venv/run.stamp', 'w').close()"

.venv/dev.stamp: .venv/made.stamp pyproject.toml $(PAGES)
	@echo "installing Mebuki and its tests into .venv (a few minutes the first time)"
	$(PIP) -e ".[dev]"
	@$(PYTHON) -c "open('.venv/dev.stamp', 'w').close()"

.venv/docs.stamp: .venv/made.stamp pyproject.toml $(PAGES)
	@echo "installing Mebuki and MkDocs into .venv (a few minutes the first time)"
	$(PIP) -e ".[docs]"
	@$(PYTHON) -c "open('.venv/docs.stamp', 'w').close()"

.venv/lessons.stamp: .venv/made.stamp pyproject.toml
	@echo "installing Mebuki, Jupyter and the tests into .venv (a few minutes the first time)"
	$(PIP) -e ".[lessons,dev]"
	@$(PYTHON) -c "open('.venv/lessons.stamp', 'w').close()"

clean:
	$(PYTHON) -c "import shutil; shutil.rmtree('.venv', ignore_errors=True)"
