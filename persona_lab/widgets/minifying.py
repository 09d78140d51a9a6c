"""The short form of the widgets' scripts, written whenever the package is built or installed from its source.

A kernel then only reads it: the minifier's runtime would stay in its memory, with about 11 MB.
"""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import minify
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HERE = Path(__file__).parent


class MinifyingHook(BuildHookInterface[Any]):
    """Hatch's build hook; what it writes is part of the wheel."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        write(_assets())
        build_data["artifacts"].append("/persona_lab/widgets/minified/*.js")


def write(assets: ModuleType) -> None:
    """Write the short form of every part of every widget, in place of what was there.

    Args:
        assets: the module `assets`.
    """
    assets.MINIFIED.mkdir(exist_ok=True)
    codes = {assets.minified_path(part): part for name in assets.widgets() for part in assets.parts(name)}
    for path, code in codes.items():
        # Names in no function stay, so one scope still finds another.
        path.write_text(str(minify.string("text/javascript", code)), encoding="utf-8")
    for path in set(assets.MINIFIED.glob("*.js")) - set(codes):
        path.unlink()


def _assets() -> ModuleType:
    """Return the module by its file: while the package is built, it can't be imported."""
    spec = importlib.util.spec_from_file_location("assets", HERE / "assets.py")
    if spec is None or spec.loader is None:
        raise ImportError("persona_lab/widgets/assets.py is missing: the package can't be built without it.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
