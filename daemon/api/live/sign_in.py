"""The way in for a person's browser, which cannot send a header: a page that asks for the token."""

from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template
from types import MappingProxyType
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse

from daemon.core.errors import UsageError

FIELD = "token"
MAX_FORM_BYTES = 4096

_FOLDER = Path(__file__).parent
_WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "en": {
            "language": "en",
            "title": "Sign in to the live page",
            "intro": "This desk shows its work to its owner. The token opens it.",
            "label": "Token",
            "hint": "The command “davidagent token show” prints it.",
            "button": "Open the live page",
            "wrong": "That is not the token.",
            "too_many": "Too many wrong tries. Wait a minute.",
        },
        "zh": {
            "language": "zh-Hans",
            "title": "登录实时页面",
            "intro": "这张研究台只向主人展示它的工作。请输入令牌。",
            "label": "令牌",
            "hint": "命令 davidagent token show 会显示令牌。",
            "button": "打开实时页面",
            "wrong": "令牌不正确。",
            "too_many": "错误次数过多，请一分钟后再试。",
        },
    }
)


def wants_page(request: Request) -> bool:
    """A browser asks, not a program: it names HTML among what it takes."""
    return "text/html" in request.headers.get("accept", "")


def sign_in_page(
    request: Request, *, status: int, fault: str = "", headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    """The form, in the browser's language; `fault` is empty, `wrong` or `too_many`."""
    words = _WORDS[_language(request.headers.get("accept-language", ""))]
    template, policy = _template()
    said = escape(words[fault]) if fault else ""
    texts = {name: escape(text) for name, text in words.items()}
    body = template.substitute(texts, fault=said, invalid="true" if fault else "false")
    fixed = {"Content-Security-Policy": policy, "Cache-Control": "no-store", "Vary": "Accept, Accept-Language, Cookie"}
    return HTMLResponse(body, status_code=status, headers={**fixed, **(headers or {})})


async def token_in(request: Request) -> str:
    """What was typed into the form. Raises `UsageError` for what is no form, or longer than one."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise UsageError("the token is sent as a form: application/x-www-form-urlencoded")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_FORM_BYTES:
            raise UsageError(f"a form with a token is not longer than {MAX_FORM_BYTES:,} bytes")
    try:
        fields = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=8)
    except ValueError as error:
        raise UsageError("this is no form with a token") from error
    return fields.get(FIELD, [""])[0].strip()


@cache
def _template() -> tuple[Template, str]:
    """The page, and a policy that allows its one style sheet by its hash."""
    style = (_FOLDER / "sign_in.css").read_text("utf-8")
    markup = (_FOLDER / "sign_in.tmpl").read_text("utf-8").replace("/*style*/", style.replace("$", "$$"))
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    return Template(markup), policy


def _language(accepted: str) -> str:
    """The first of the browser's languages that we speak; browsers name the dearest first."""
    names = (one.partition(";")[0].strip().lower().partition("-")[0] for one in accepted.split(","))
    return next((name for name in names if name in _WORDS), "en")
