"""The house stands: imports point down only, and costly libraries wait until they are used."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import cevents

PACKAGE = Path(cevents.__file__).parent
MODULES = {path.stem: path for path in sorted(PACKAGE.glob("*.py"))}

#: From top to bottom. A module may import what stands below it, never what stands beside it.
LAYERS = (
    {"__main__"},
    {"cli"},
    {"running", "__init__"},
    {"options"},
    {"findings", "rows", "manual"},
    {"output", "progress", "counts", "rejects"},
    {"engine"},
    {"sources"},
    {"framing"},
    {"validation", "selection", "conversion", "tally", "display", "schema"},
    {"writing"},
    {"summary", "explanation"},
    {"columns"},
    {"pairs"},
    {"lookup"},
    {"ticks"},
    {"conversations"},
    {"reading"},
    {"blocks"},
    {"parsing", "plausibility", "identity", "editing"},
    {"spans", "zones", "envelopes"},
    {"events"},
    {"timestamps", "terminal", "folders"},
    {"sorting"},
    {"problems", "errors", "workers", "decoding"},
)
DEPTHS = {module: depth for depth, layer in enumerate(LAYERS) for module in layer}


def imports(nodes: Iterator[ast.AST]) -> Iterator[str]:
    """Yield the dotted names of the modules that are imported."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the package"
            if node.module == "cevents":
                yield from (f"cevents.{alias.name}" for alias in node.names)
            else:
                yield node.module or ""


def everywhere(module: str) -> set[str]:
    """Return what a module imports, in functions too."""
    return set(imports(ast.walk(ast.parse(MODULES[module].read_text()))))


def at_once(module: str) -> set[str]:
    """Return what importing a module imports: nothing that a function or a type check does."""

    def nodes(body: list[ast.stmt]) -> Iterator[ast.AST]:
        for node in body:
            yield node
            if isinstance(node, ast.ClassDef | ast.With | ast.Try):
                yield from nodes(node.body)
            elif isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.unparse(node.test):
                yield from nodes(node.body + node.orelse)

    return set(imports(nodes(ast.parse(MODULES[module].read_text()).body)))


def users(library: str) -> set[str]:
    """Return the modules that import a library anywhere."""
    return {
        module
        for module in MODULES
        if any(name.partition(".")[0] == library for name in everywhere(module))
    }


def test_every_module_has_its_layer() -> None:
    """A new module is given its place among the layers."""
    assert set(DEPTHS) == set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module: str) -> None:
    """A module imports only from layers below its own."""
    imported = {n.split(".")[1] for n in everywhere(module) if n.startswith("cevents.")}
    not_below = {n for n in imported & set(DEPTHS) if DEPTHS[n] <= DEPTHS.get(module, 0)}
    assert not_below == set()


def test_click_stays_on_top() -> None:
    """Only the command line knows click."""
    assert users("click") == {"__main__", "cli", "options"}


def test_rich_stays_with_what_a_terminal_shows() -> None:
    """Only the modules that draw on a terminal know rich."""
    assert users("rich") == {"output", "progress"}


def test_numpy_stays_with_many_events() -> None:
    """Only what sums up large dumps knows numpy, and nothing imports that before there is one."""
    rooms = {"columns", "lookup", "pairs", "ticks"}
    assert users("numpy") == rooms
    assert {m for m in MODULES if {f"cevents.{r}" for r in rooms} & at_once(m)} <= rooms


@pytest.mark.parametrize(
    "library", ["rich", "dateutil", "zoneinfo", "zlib", "bz2", "lzma", "backports", "compression"]
)
def test_costly_library_is_imported_when_used(library: str) -> None:
    """No module imports, as it is imported, what a short run can do without."""
    eager = {m for m in MODULES if any(n.partition(".")[0] == library for n in at_once(m))}
    assert eager == set()


def test_workers_are_imported_when_used() -> None:
    """What starts processes is imported where processes are started."""
    assert {m for m in MODULES if "cevents.workers" in at_once(m)} == set()
