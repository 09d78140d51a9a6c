"""What schemathesis puts into paths: in about every second request, what is there. Read by it as its hooks."""

import json
import os
import zlib
from typing import Any

import schemathesis

THERE: dict[str, str] = json.loads(os.environ.get("TRIED", "{}"))


@schemathesis.hook
def map_path_parameters(ctx: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    if not path_parameters or ctx.operation.method.lower() == "delete":
        return path_parameters
    # The same parameters get the same each time.
    if zlib.crc32(repr(sorted(path_parameters.items())).encode()) % 2:
        return {**path_parameters, **{name: THERE[name] for name in path_parameters if name in THERE}}
    return path_parameters
