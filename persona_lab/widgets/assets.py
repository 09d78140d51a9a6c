"""Turn the ES modules in static/ into the one module that anywidget can load.

A widget's module is loaded from a blob address, where `./dom.js` leads nowhere.
So the modules it imports are written in front of it, each one once and in a
scope of its own. Two forms are understood, and any other is refused here rather
than in somebody's browser:

    import { a, b as c } from "./name.js";
    export function name … , export class Name … , export const NAME …

What only readers need stays here: a page is given the same code without comments, spaces and long names, as
`minifying` wrote it when the package was built.
"""

import hashlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"
MINIFIED = Path(__file__).parent / "minified"

_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./(\w+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
_ROOT = re.compile(r"(\.pl-[\w-]+) \{")
_OTHER_FORM = re.compile(r"^\s*(?:import|export)\b.*|\bimport\s*\(.*", re.MULTILINE)


class FormNotUnderstood(ValueError):
    """A static module uses a form of import or export that can't be joined."""


def esm(name: str) -> str:
    """Return static/NAME.js as a module that imports nothing, without what only its readers need."""
    return ";\n".join(map(_minified, parts(name)))


def parts(name: str) -> list[str]:
    """Return what the module is joined of: a scope for each it imports, and its own code."""
    return [*map(_scope, _needed(name, above=())), _body(name, allowed="export default")]


def widgets() -> list[str]:
    """Return the names of the modules that are widgets."""
    return sorted(path.stem for path in STATIC.glob("*.js") if "export default" in path.read_text(encoding="utf-8"))


def minified_path(code: str) -> Path:
    """Return where the code's short form is kept: under what it was made from, so that it is never an older one's."""
    return MINIFIED / f"{hashlib.sha256(code.encode()).hexdigest()[:16]}.js"


def css(*names: str) -> str:
    """Return the named style sheets as one; a widget's own holds for what is within its root.

    A page has the sheets of all widgets at once, and each may call its parts what it likes. The first rule of a
    widget's sheet is its root's. base.css is for all.
    """
    return "\n".join(_read("base.css") if name == "base" else _within_root(name) for name in names)


def _within_root(name: str) -> str:
    sheet = _read(f"{name}.css")
    root = _ROOT.match(sheet)
    if root is None:
        raise FormNotUnderstood(f"{name}.css: its first rule must be that of the widget's root, `.pl-… {{`")
    # Within @scope, a class is looked for below the root only.
    rules = re.sub(rf"{re.escape(root[1])}(?![\w-])", ":scope", sheet)
    return f"@scope ({root[1]}) {{\n{rules}}}"


def _read(filename: str) -> str:
    return (STATIC / filename).read_text(encoding="utf-8")


def _needed(name: str, above: tuple[str, ...]) -> list[str]:
    """Return the modules that NAME imports, near and far, each after those it needs itself."""
    found: dict[str, None] = {}
    for match in _IMPORT.finditer(_read(f"{name}.js")):
        if match[2] in (*above, name):
            raise FormNotUnderstood(f"{name}.js: imports {match[2]}.js, which imports it in turn")
        found.update(dict.fromkeys([*_needed(match[2], (*above, name)), match[2]]))
    return list(found)


def _scope(name: str) -> str:
    exported = ", ".join(_EXPORT.findall(_read(f"{name}.js")))
    return f"const {name}_js = (() => {{\n{_body(name)}\nreturn {{ {exported} }};\n}})();"


def _body(name: str, allowed: str | None = None) -> str:
    """Return the module's code with its imports and exports in the form of plain statements."""
    code = _IMPORT.sub(
        lambda found: f"const {{{found[1].replace(' as ', ': ')}}} = {found[2]}_js;", _read(f"{name}.js")
    )
    code = _EXPORT.sub("", code)
    for line in _other_forms(code, allowed):
        raise FormNotUnderstood(f"{name}.js: {line!r} is a form that can't be joined. See the top of assets.py")
    return code


def _other_forms(code: str, allowed: str | None) -> Iterator[str]:
    for match in _OTHER_FORM.finditer(code):
        line = match[0].strip()
        if allowed is None or not line.startswith(allowed):
            yield line


# Widgets share most of their modules.
@cache
def _minified(code: str) -> str:
    try:
        return minified_path(code).read_text(encoding="utf-8")
    except FileNotFoundError:
        # A checkout whose scripts were changed after it was installed: the long form does the same.
        return code
