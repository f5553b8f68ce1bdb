"""The rules of docs/architecture.md: which room may import which, and how large code may be."""

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text()
PRODUCT = ("db", "archive", "ingest", "api", "cli", "stack")
MOST_FILE_LINES, MOST_CLASS_LINES, MOST_BODY_LINES = 300, 150, 40
VAGUE = re.compile(r"(What|Who|Those|Such|Where|How)\b")

ROW = re.compile(r"^\| `([\w/]+)` \|((?: `[\w/]+`)*) \|$", re.MULTILINE)
ALLOWED = {room: re.findall(r"[\w/]+", allowed) for room, allowed in ROW.findall(PAGE)}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _sources(*directories: str) -> dict[str, str]:
    """Returns the text of each .py file by its path."""
    return {
        str(path.relative_to(ROOT)): path.read_text()
        for directory in directories
        for path in sorted((ROOT / directory).rglob("*.py"))
    }


SOURCES = _sources(*PRODUCT, "bench")
MODULES = {
    path.removesuffix(".py").removesuffix("/__init__"): ast.parse(text)
    for path, text in SOURCES.items()
}


def _imports(module: str) -> Iterator[str]:
    """Yields the modules of this repository that a module imports, also inside functions."""
    for node in ast.walk(MODULES[module]):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has a relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for path in (name.replace(".", "/") for name in names):
            yield from [p for p in (path, path.rpartition("/")[0]) if p in MODULES][:1]


def _is_in(module: str, room: str) -> bool:
    return module == room or module.startswith(f"{room}/")


def _room(module: str) -> str:
    """Returns the most specific room of a module, "" if it is in none."""
    return max((room for room in ALLOWED if _is_in(module, room)), key=len, default="")


def _may_import(room: str, module: str) -> bool:
    """Returns whether a room's row names a module, its room or, if that is no room, its parent."""
    return _room(module) == room or any(
        _is_in(module, allowed) and (allowed not in ALLOWED or _room(module) == allowed)
        for allowed in ALLOWED[room]
    )


def test_every_module_with_imports_is_in_a_documented_room() -> None:
    assert [name for name in MODULES if not _room(name) and any(_imports(name))] == []


def test_rooms_import_only_what_is_documented() -> None:
    wrong = [
        f"{module} imports {imported}"
        for module in filter(_room, MODULES)
        for imported in _imports(module)
        if not _may_import(_room(module), imported)
    ]
    assert wrong == []


def test_rooms_are_documented_from_the_bottom_up() -> None:
    rooms = list(ALLOWED)
    upwards = [
        (room, allowed)
        for number, room in enumerate(rooms)
        for allowed in ALLOWED[room]
        if not any(_is_in(low, allowed) or _is_in(allowed, low) for low in rooms[:number])
    ]
    assert upwards == []


def test_ingest_and_api_never_import_each_other() -> None:
    for module in MODULES:
        imported = {name.partition("/")[0] for name in _imports(module)}
        assert not _is_in(module, "ingest") or "api" not in imported, module
        assert not _is_in(module, "api") or "ingest" not in imported, module


def test_modules_import_each_other_without_circles() -> None:
    imports = {module: {*_imports(module)} - {module} for module in MODULES}
    assert list(TopologicalSorter(imports).static_order())  # raises CycleError


def test_no_file_is_too_long() -> None:
    lengths = {path: len(text.splitlines()) for path, text in _sources(*PRODUCT).items()}
    assert {path: length for path, length in lengths.items() if length > MOST_FILE_LINES} == {}


def test_no_class_and_no_function_is_too_long() -> None:
    too_long = {}
    for path, text in _sources(*PRODUCT).items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef | Function):
                length = _lines(node)
                most = MOST_CLASS_LINES if isinstance(node, ast.ClassDef) else MOST_BODY_LINES
                if length > most:
                    too_long[f"{path}: {node.name}"] = length
    assert too_long == {}


def _lines(node: ast.ClassDef | Function) -> int:
    """Returns the lines of a class, or of a function's body without its docstring."""
    assert node.end_lineno
    if isinstance(node, ast.ClassDef):
        return node.end_lineno - node.lineno + 1
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return node.end_lineno - body[0].lineno + 1 if body else 0


def test_no_docstring_begins_with_a_vague_word() -> None:
    vague = [
        f"{path}: {docstring.splitlines()[0]}"
        for path, text in _sources(*PRODUCT, "bench", "tests").items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Module | ast.ClassDef | Function)
        if VAGUE.match(docstring := ast.get_docstring(node) or "")
    ]
    assert vague == []
