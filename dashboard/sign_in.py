"""Who may come in: who knows the desk's token; on a listener of this machine alone, also who sits at it."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from math import ceil
from typing import Final
from urllib.parse import urlsplit

import streamlit as st

from daemon.core.settings.exposure import is_loopback
from daemon.runtime.access import Access, read_token
from dashboard.desk import Desk
from dashboard.texts import t
from dashboard.wrong_tries import WrongTries

COOKIE: Final = "davidagent_dashboard"
LIVE_COOKIE: Final = "davidagent_pass"
"""The cookie of the API's live page; who signed in there on the same host is in here, too."""
_PASS: Final = b"davidagent dashboard pass v1"
_KEPT: Final = "sign_in.pass"
_COOKIE_DUE: Final = "sign_in.cookie_due"
_IS_OUT: Final = "sign_in.is_out"
_FORWARDED: Final = ("x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via")

tries = WrongTries()
"""Of all sessions of this process."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whose browser it is. `address` is None for a connection from this machine; header names are lower case."""

    address: str | None
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)

    @property
    def sits_here(self) -> bool:
        """The browser runs on this machine, and nothing stands between.

        A proxy here would hide who comes through it; the browser's own `Origin` and the proxy's headers betray that. A
        page of another site that has its name point here (DNS rebinding) shows in them, too.
        """
        if self.address is not None or any(name in self.headers for name in _FORWARDED):
            return False
        named = (f"//{self.headers.get('host', '')}", self.headers.get("origin", ""))
        return all(is_loopback(urlsplit(one).hostname or "") for one in named)


def visitor() -> Visitor:
    """The visitor of this session."""
    headers = {name.lower(): value for name, value in st.context.headers.to_dict().items()}
    return Visitor(st.context.ip_address, headers, dict(st.context.cookies.to_dict()))


def may_enter(desk: Desk) -> bool:
    """This session may see the desk. It forgets who signed in as soon as the token is another one."""
    who = visitor()
    return is_open(desk, visitor=who) or _is_signed_in(read_token(desk.settings), cookies=who.cookies)


def is_open(desk: Desk, *, visitor: Visitor) -> bool:
    """No token is asked for: only this machine reaches the listener, and the browser is on it."""
    return is_loopback(desk.settings.dashboard.host) and visitor.sits_here


def sign_in_form(desk: Desk) -> None:
    """Ask for the token; a right one draws the page anew."""
    st.title(t("sign_in.title"))
    token = read_token(desk.settings)
    if token is None:
        st.info(t("sign_in.no_token"))
        return
    st.markdown(t("sign_in.words"))
    with st.form("sign_in", border=False, width=420):
        offered = st.text_input(t("sign_in.token"), type="password", autocomplete="current-password")
        is_sent = st.form_submit_button(t("sign_in.button"), type="primary")
    if is_sent and (refusal := _refusal(offered.strip(), token=token)):
        st.error(refusal)
    elif is_sent:
        st.rerun()


def keep_signed_in(desk: Desk) -> None:
    """Have the browser keep, until it is closed, what lets it in again when the page is loaded anew; or forget it."""
    due = st.session_state.pop(_COOKIE_DUE, None)
    token = read_token(desk.settings)
    if due is None or token is None:
        return
    value, age = (pass_of(token), "") if due else ("", "; Max-Age=0")
    secure = "(location.protocol === 'https:' ? '; Secure' : '')"
    script = f"document.cookie = '{COOKIE}={value}; Path=/; SameSite=Strict{age}' + {secure};"
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)


def sign_out_button(desk: Desk) -> None:
    """For who came in with the token."""
    if not is_open(desk, visitor=visitor()):
        st.button(t("sign_in.out"), key="sign_out", type="tertiary", on_click=_sign_out)


def pass_of(token: str) -> str:
    """What a session and a browser keep in the place of the token; worthless when that is rotated."""
    return hmac.new(token.encode(), _PASS, sha256).hexdigest()


def _is_signed_in(token: str | None, *, cookies: Mapping[str, str]) -> bool:
    if token is None:
        return False
    if _admits(st.session_state.get(_KEPT, ""), pass_of(token)):
        return True
    if st.session_state.get(_IS_OUT):
        return False
    live_pass = Access(token, path=None).browser_pass
    return _admits(cookies.get(COOKIE, ""), pass_of(token)) or _admits(cookies.get(LIVE_COOKIE, ""), live_pass)


def _refusal(offered: str, *, token: str) -> str | None:
    client = st.context.ip_address or "this machine"
    if wait := tries.enter(client):
        return t("sign_in.wait", seconds=ceil(wait))
    if not Access(token, path=None).admits(offered):
        return t("sign_in.wrong")
    tries.forgive(client)
    st.session_state[_KEPT] = pass_of(token)
    st.session_state[_COOKIE_DUE] = True
    st.session_state.pop(_IS_OUT, None)
    return None


def _sign_out() -> None:
    st.session_state.pop(_KEPT, None)
    st.session_state[_IS_OUT] = True
    st.session_state[_COOKIE_DUE] = False


def _admits(offered: str, right: str) -> bool:
    return hmac.compare_digest(offered.encode("utf-8", "replace"), right.encode())
