"""The command line: `persona-lab COMMAND`; the commands are in `commands`."""

import sys
from collections.abc import Sequence

from persona_lab import __version__
from persona_lab.commands import FAILED, INTERRUPTED, parser
from persona_lab.errors import PersonaLabError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    name = next((one for one in given if not one.startswith("-")), None)
    chosen = parser(__version__, name).parse_args(given)
    try:
        code: int = chosen.run(chosen)
    except PersonaLabError as error:
        print(f"persona-lab: {error.message}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


if __name__ == "__main__":
    sys.exit(main())
