"""The modules of a page as one script: a request for each costs more than all that is in them."""

import re
from importlib.resources.abc import Traversable

IMPORT = re.compile(r'^import \{ ((?:\w+, )*\w+) \} from "\./(\w+)\.js";\n', re.MULTILINE)
EXPORT = re.compile(r"^export ((?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
LEFT = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


def joined(folder: Traversable, entry: str) -> bytes:
    """Returns the module `entry` of a folder with all that it imports, each in a scope of its own.

    Understands `import { a, b } from "./name.js";` and `export` before a declaration; raises
    ValueError for any other form, and for modules that import each other.
    """
    parts: dict[str, str] = {}
    _add(folder, entry, parts, ())
    return "\n".join(parts.values()).encode()


def _add(folder: Traversable, name: str, parts: dict[str, str], importers: tuple[str, ...]) -> None:
    if name in importers:
        raise ValueError(f"{name}.js imports itself, by {importers[-1]}.js")
    text = folder.joinpath(f"{name}.js").read_text(encoding="utf-8")
    for _, imported in IMPORT.findall(text):
        if imported not in parts:
            _add(folder, imported, parts, (*importers, name))
    text = IMPORT.sub(r"const { \1 } = $\2;\n", text)
    exported = [found for _, found in EXPORT.findall(text)]
    bare = EXPORT.sub(r"\1", text)
    if left := LEFT.search(bare):
        raise ValueError(f"{name}.js has an import or export of another form: {left[0]}")
    names = ", ".join(exported)
    parts[name] = f"const ${name} = (() => {{\n{bare}\nreturn {{ {names} }};\n}})();"
    if not importers:
        parts[name] = text  # the entry: it may await, and its exports stay
