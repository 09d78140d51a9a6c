"""persona_lab: a workbench for customer interviews that lives in Jupyter.

`connect()` is where to begin. Everything heavier than this file is loaded when it is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from persona_lab.engines.tags import Tag, tag
    from persona_lab.errors import PersonaLabError
    from persona_lab.lab.interviews.interview import Interview
    from persona_lab.lab.magics import load_ipython_extension
    from persona_lab.lab.project import Project
    from persona_lab.lab.session import Lab, connect
    from persona_lab.lab.talking.answer import Answer
    from persona_lab.lab.tour import tour

__version__ = "0.1.0"

__all__ = [
    "Answer",
    "Interview",
    "Lab",
    "PersonaLabError",
    "Project",
    "Tag",
    "__version__",
    "connect",
    "load_ipython_extension",
    "tag",
    "tour",
]

_PLACES = {
    "Answer": "persona_lab.lab.talking.answer",
    "Interview": "persona_lab.lab.interviews.interview",
    "Lab": "persona_lab.lab.session",
    "PersonaLabError": "persona_lab.errors",
    "Project": "persona_lab.lab.project",
    "Tag": "persona_lab.engines.tags",
    "connect": "persona_lab.lab.session",
    "load_ipython_extension": "persona_lab.lab.magics",
    "tag": "persona_lab.engines.tags",
    "tour": "persona_lab.lab.tour",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'persona_lab' has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return __all__
