"""The house stands: imports point down only, and costly libraries wait until they are used."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import cevents

PACKAGE = Path(cevents.__file__).parent


def name_of(path: Path) -> str:
    """Return the dotted name of a module, within the package."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


MODULES = {name_of(path): ast.parse(path.read_text()) for path in sorted(PACKAGE.rglob("*.py"))}

#: The rooms from top to bottom. A module imports from its own room and from those below.
ROOMS = (
    {"__init__", "__main__"},
    {"cli"},
    {"output"},
    {"tasks"},
    {"scan"},
    {"input"},
    {"canvas"},
    {"errors", "terminal"},
)
DEPTHS = {room: depth for depth, rooms in enumerate(ROOMS) for room in rooms}


def room(module: str) -> str:
    return module.partition(".")[0]


def imports(nodes: Iterator[ast.AST]) -> Iterator[str]:
    """Yield the dotted names of what is imported, of a module or of something in one."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the package"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def nodes_at_once(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """Yield the statements that run when a module is imported; no type check's."""
    for node in body:
        yield node
        if isinstance(node, ast.ClassDef | ast.With | ast.Try):
            yield from nodes_at_once(node.body)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.unparse(node.test):
            yield from nodes_at_once(node.body + node.orelse)


EVERYWHERE = {module: set(imports(ast.walk(tree))) for module, tree in MODULES.items()}
AT_ONCE = {module: set(imports(nodes_at_once(tree.body))) for module, tree in MODULES.items()}


def modules_in(names: set[str]) -> set[str]:
    """Return the modules of the package that are meant by the names of what is imported."""
    found = set()
    for name in names:
        if room(name) == "cevents":
            inside = name.partition(".")[2]
            while inside not in MODULES:
                if f"{inside}.__init__" in MODULES:
                    inside = f"{inside}.__init__"
                else:
                    inside = inside.rpartition(".")[0] or "__init__"
            found.add(inside)
    return found


def users(library: str, where: dict[str, set[str]]) -> set[str]:
    """Return the modules that import a library."""
    return {module for module, names in where.items() if library in map(room, names)}


def test_every_module_has_its_room() -> None:
    """A new folder is given its place among the rooms; no module stands beside them."""
    assert {room(module) for module in MODULES} == set(DEPTHS)


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module: str) -> None:
    """Anywhere in a module, also in functions, what is imported is in its room or below it."""
    imported = {other for other in modules_in(EVERYWHERE[module]) if room(other) != room(module)}
    depth = DEPTHS[room(module)]
    # Any module may ask for the version.
    assert {n for n in imported if DEPTHS[room(n)] <= depth} - {"__init__"} == set()


def test_the_face_is_asked_for_its_version_only() -> None:
    for module, names in EVERYWHERE.items():
        if module != "__init__":
            asked = {name for name in names if "__init__" in modules_in({name})}
            assert asked <= {"cevents.__version__"}, module


def test_no_room_turns_in_circles() -> None:
    """What a module imports, also in functions, never leads back to it."""
    graph = {module: modules_in(names) - {"__init__"} for module, names in EVERYWHERE.items()}
    list(TopologicalSorter(graph).static_order())


def test_click_stays_on_top() -> None:
    """Only the command line knows click."""
    assert {room(module) for module in users("click", EVERYWHERE)} == {"cli", "__main__"}


def test_rich_stays_with_what_a_terminal_shows() -> None:
    """Only what people read is drawn with rich."""
    assert {room(module) for module in users("rich", EVERYWHERE)} == {"output"}


def test_every_system_has_what_is_imported_at_once() -> None:
    """What only POSIX has is imported where it is used, so that the rest works without."""
    found = set.union(*AT_ONCE.values())
    for path in Path(__file__).parent.rglob("*.py"):
        nodes = nodes_at_once(ast.parse(path.read_text()).body)
        found.update(imports(node for node in nodes if isinstance(node, ast.Import)))
    assert found & {"fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty"} == set()


@pytest.mark.parametrize("library", ["msgspec", "numpy", "multiprocessing"])
def test_library_is_not_used(library: str) -> None:
    assert users(library, EVERYWHERE) == set()


@pytest.mark.parametrize(
    "library",
    [
        "rich",
        "dateutil",
        "zoneinfo",
        "zlib",
        "gzip",
        "bz2",
        "lzma",
        "isal",
        "backports",
        "compression",
        "difflib",
        "concurrent",
    ],
)
def test_costly_library_is_imported_when_used(library: str) -> None:
    """No module imports, as it is imported, what a short run can do without."""
    assert users(library, AT_ONCE) == set()
