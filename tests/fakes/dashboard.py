"""The dashboard in Streamlit's own test harness, signed in, on a board of the test."""

from pathlib import Path
from typing import Any

import pytest

import dashboard
from daemon.runtime.access import TOKEN_FILE

APP = Path(dashboard.__file__).parent / "app.py"
TOKEN = "a-token-of-the-test"
PATIENCE_SECONDS = 60.0


def open_app(
    home: Path,
    *,
    monkeypatch: pytest.MonkeyPatch,
    page: str | None = None,
    query: dict[str, str] | None = None,
    locale: str = "en-US",
    is_signed_in: bool = True,
    **environ: str,
) -> Any:
    """A run of the app at the page of that name, as an `AppTest`; `environ` are settings (`DASHBOARD__HOST=…`)."""
    from streamlit.testing.v1 import AppTest

    from dashboard.sign_in import pass_of

    point_at(home, monkeypatch=monkeypatch, **environ)
    app = AppTest.from_file(APP, default_timeout=PATIENCE_SECONDS)
    app.context["locale"] = locale
    app.context["timezone"] = "Asia/Shanghai"
    if is_signed_in:
        app.session_state["sign_in.pass"] = pass_of(TOKEN)
    if page is None:
        app.query_params.update(query or {})
        return app.run()
    app.run()
    app.query_params.update(query or {})
    return app.switch_page(f"views/{page}.py").run()


def point_at(home: Path, *, monkeypatch: pytest.MonkeyPatch, **environ: str) -> None:
    """Have the dashboard's code of this process look at that home, with a token in it."""
    home.mkdir(parents=True, exist_ok=True)
    (home / TOKEN_FILE).write_text(f"{TOKEN}\n")
    monkeypatch.setenv("DAVIDAGENT_HOME", str(home))
    for name, value in environ.items():
        monkeypatch.setenv(f"DAVIDAGENT_{name}", value)


def texts_of(app: Any) -> str:
    """Everything that stands on the page, a line each."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "info", "warning", "error", "success", "code")
    lines = [str(one.value) for kind in kinds for one in [*getattr(app, kind), *getattr(app.sidebar, kind)]]
    return "\n".join(dict.fromkeys(lines))
