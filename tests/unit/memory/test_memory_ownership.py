import subprocess
import sys
from pathlib import Path

import pytest

from brains.memory.owner import Ownership
from daemon.core.errors import ConnectionFaultError

HOLD = """
import sys
from pathlib import Path
from brains.memory.owner import Ownership
owner = Ownership(Path(sys.argv[1]))
owner.take()
print("taken", flush=True)
sys.stdin.read()
"""


def test_a_second_process_is_refused_with_the_number_of_the_first(tmp_path: Path) -> None:
    """And becomes the owner when the first is killed."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"taken\n"
        owner = Ownership(tmp_path)
        with pytest.raises(ConnectionFaultError, match=rf"another process \({other.pid}\) owns"):
            owner.take()
        other.kill()
        other.wait(timeout=10)
        owner.take()
        owner.give_up()


def test_taking_twice_is_taking_once(tmp_path: Path) -> None:
    """The store is opened anew after a fault; the lock was never lost."""
    owner = Ownership(tmp_path)
    owner.take()
    owner.take()
    owner.give_up()
    owner.give_up()
    other = Ownership(tmp_path)
    other.take()
    other.give_up()
