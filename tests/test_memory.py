import os
import platform
import subprocess
import sys

import pytest

# A large block that goes has the C library keep up to twice as much of what is freed later.
HELD = """
import os, sys
from pathlib import Path
from persona_lab import memory
if "frugal" in sys.argv:
    memory.give_back()
def held():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
large = b"x" * int("30000000")
del large
before = held()
blocks = [b"x" * (100_000 + n) for n in range(500)]
del blocks
print(held() - before)
"""


def held_after_freeing(*arguments: str) -> int:
    """Return how many bytes more a process holds after it took 50 MB and freed them."""
    # Somebody may have told the C library the same by variables.
    env = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    ran = subprocess.run([sys.executable, "-c", HELD, *arguments], env=env, capture_output=True, check=True, text=True)
    return int(ran.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are left as they are")
def test_what_is_freed_goes_back_to_the_system() -> None:
    assert held_after_freeing() > 40_000_000
    assert held_after_freeing("frugal") < 5_000_000


def test_the_korean_model_is_told_unless_somebody_chose_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import os; from persona_lab import memory; memory.give_back(); print(os.environ['MIMALLOC_PURGE_DELAY'])"
    monkeypatch.delenv("MIMALLOC_PURGE_DELAY", raising=False)
    for chosen, expected in ((None, "0"), ("10", "10")):
        if chosen:
            monkeypatch.setenv("MIMALLOC_PURGE_DELAY", chosen)
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
        assert ran.stdout.strip() == expected
