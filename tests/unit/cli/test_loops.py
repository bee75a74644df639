"""Which event loop carries the daemon."""

import sys

import pytest

from daemon.cli.running import _fast_loop


@pytest.mark.skipif(sys.platform == "win32", reason="uvloop is not made for Windows")
def test_the_daemon_runs_on_uvloop() -> None:
    import uvloop

    make = _fast_loop()
    assert make is not None
    loop = make()
    assert isinstance(loop, uvloop.Loop)
    loop.close()


def test_without_uvloop_it_runs_on_the_loop_of_the_standard_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert _fast_loop() is None
