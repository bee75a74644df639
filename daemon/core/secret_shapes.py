"""What secrets and personal data look like in a text, as patterns with what is put in their place.

Three lists: what is looked for everywhere, in URLs alone, and in the text around them. An ordinary URL holds digits
and words in every arrangement, so what only resembles a phone number or a mail address is left alone there.
"""

import re
from typing import Final

HIDDEN: Final = "***"
MAIL: Final = "[mail]"
PHONE: Final = "[phone]"

Shapes = tuple[tuple[re.Pattern[str], str], ...]

_SENSITIVE = (
    r"(?:api[_-]?key|access[_-]?key(?:[_-]?id)?|secret(?:[_-]?key)?|client[_-]?secret|private[_-]?key|"
    r"(?:access|refresh|id|auth|session|bearer|api)?[_-]?token|password|passwd|passphrase|pwd|"
    r"(?:proxy-)?authorization|(?:set-)?cookie|credentials?|x-goog-api-key|signature|sig|auth)"
)
SENSITIVE_KEY: Final = re.compile(rf"(?:.*[_.-])?{_SENSITIVE}", re.IGNORECASE)
SENSITIVE_PARAMETER: Final = re.compile(rf"(?:[\w-]{{0,40}}[_-])?(?:{_SENSITIVE}|key)", re.IGNORECASE)

URL: Final = re.compile(r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,20}://[^\s'\"<>]+", re.IGNORECASE)

_KEYS = re.compile(
    r"\bsk-(?:proj|svcacct|admin|ant|or)-[\w-]{16,}|"
    # Any other key that begins like that holds a long run with a digit in it; the words of a headline do not.
    r"\b(?:sk|pk|rk)[-_](?=[\w-]{0,40}?(?=[A-Za-z]{0,40}\d)[A-Za-z0-9]{16})[\w-]{16,}|"
    r"\bAIza[\w-]{30,}|\bAQ\.[\w-]{30,}|\bya29\.[\w-]{20,}|"
    r"\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bnpm_\w{30,}|"
    r"\bxox[abeoprs]-[\w-]{10,}|\bAKIA[0-9A-Z]{16}\b|\bASIA[0-9A-Z]{16}\b|"
    r"\b(?:hf|tk|gsk|r8)_\w{20,}|\b(?:xai|pplx|nvapi)-[\w-]{24,}|\bwhsec_[\w+/=-]{16,}|"
    r"\bSG\.[\w-]{16,}\.[\w-]{16,}|(?:\b|(?<=bot))\d{8,10}:[\w-]{35}\b|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
)
"""The shapes of well-known keys and signed tokens."""

EVERYWHERE: Final[Shapes] = (
    # https://user:password@host
    (re.compile(r"(?P<keep>\b[a-z][a-z0-9+.-]{1,20}://)[^\s/?#@'\"<>]{1,512}@", re.IGNORECASE), rf"\g<keep>{HIDDEN}@"),
    # ?key=…&token=…#access_token=…
    (
        re.compile(rf"(?P<keep>[?&;#](?:[\w-]{{0,40}}[_-])?(?:{_SENSITIVE}|key)=)[^\s&#'\"<>;]+", re.IGNORECASE),
        rf"\g<keep>{HIDDEN}",
    ),
    # Authorization: Bearer …
    (
        re.compile(r"(?P<keep>\b(?:bearer|basic|digest)\s+)(?=[^\s'\",]*[\d._~+/=-])[\w.~+/=-]{8,}", re.IGNORECASE),
        rf"\g<keep>{HIDDEN}",
    ),
    # "api_key": "…", password=…, but not a sentence after a colon.
    (
        re.compile(
            rf"(?P<keep>(?<![?&;#\w])(?:[\w-]{{0,40}}[_-])?{_SENSITIVE}['\"]?\s{{0,3}}[=:]\s{{0,3}}['\"]?)"
            r"(?!\*\*\*|(?:bearer|basic|digest)\s|(?-i:[a-z]{1,12} [a-z]))[^\s'\",;&)}\]]{4,}",
            re.IGNORECASE,
        ),
        rf"\g<keep>{HIDDEN}",
    ),
    # A whole line of cookies.
    (re.compile(r"(?P<keep>\bcookie['\"]?:\s{0,3})(?=[^\n]{0,200}=)[^\n]+", re.IGNORECASE), rf"\g<keep>{HIDDEN}"),
    (_KEYS, HIDDEN),
    (
        re.compile(
            r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)", re.DOTALL
        ),
        HIDDEN,
    ),
)

IN_URLS: Final[Shapes] = (
    # The path is the secret of a webhook: of Slack, Discord, Teams, Zapier; and of a private feed.
    (
        re.compile(
            r"(?P<keep>://(?:hooks\.slack\.com/(?:services|workflows|triggers)|"
            r"(?:\w{1,20}\.)?discord(?:app)?\.com/api/webhooks|[\w.-]{0,60}webhook\.office\.com/webhookb2|"
            r"hooks\.zapier\.com/hooks/catch)/)[^\s?#]+",
            re.IGNORECASE,
        ),
        rf"\g<keep>{HIDDEN}",
    ),
    (re.compile(r"(?P<keep>/private/)[\w-]{16,}", re.IGNORECASE), rf"\g<keep>{HIDDEN}"),
    (re.compile(r"(?P<keep>[?&][\w.-]{1,40}=)[\w.+-]{1,64}(?:@|%40)[\w.-]{1,200}", re.IGNORECASE), rf"\g<keep>{MAIL}"),
    (
        re.compile(r"(?P<keep>[?&](?:tel|phone|mobile|fax)=)(?:\+|%2b)?[\d().%-]{6,30}", re.IGNORECASE),
        rf"\g<keep>{PHONE}",
    ),
)

_NOT_AFTER = r"(?<![A-Za-z0-9_.+/=$€£¥#-])"
_NOT_BEFORE = r"(?![A-Za-z0-9_-]|[.,]\d|\s?(?:bytes?|[KMGT]i?B|B|ms|s|tokens?|micro|USD|CNY|字节|元)(?![A-Za-z]))"
_REST = r"(?:[ ().-]{0,2}\d)"

AROUND_URLS: Final[Shapes] = (
    (re.compile(r"(?<![\w.+@/-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"), MAIL),
    # phone: 030 1234567; a word says what it is, so any number of that length is one, but for a date.
    (
        re.compile(
            r"(?P<keep>(?:\b(?:tel|telephone|phone|mobile|fax|whatsapp)|电话|手机|座机|传真)"
            r"(?:\s?(?:no\.?|number|号码?))?\s{0,2}[:=：]?\s{0,2})(?!\d{4}-\d\d-\d\d)"
            rf"\+?\(?\d{_REST}{{6,14}}(?![A-Za-z0-9_])",
            re.IGNORECASE,
        ),
        rf"\g<keep>{PHONE}",
    ),
    # Without such a word: never a part of a longer id, number or amount.
    (
        re.compile(
            rf"{_NOT_AFTER}(?:"
            # +49 30 1234567, +1 (555) 123-4567, +8613800138000, but no signed number with a fraction.
            rf"\+[1-9]\d{{0,2}}[ (.-]{{1,2}}\d{_REST}{{6,13}}|\+[1-9]\d{{9,14}}(?!\.\d)|"
            # (555) 123-4567, 555-123-4567, 555.123.4567, 030/1234567, 010-12345678.
            r"\(\d{3}\) ?\d{3}-\d{4}|\d{3}([-.])\d{3}\1\d{4}|\(?0\d{2,4}(?:\) ?|[/ -])\d{5,8}|"
            # Chinese mobile numbers: 13800138000, 138 0013 8000, 138-0013-8000.
            r"1[3-9]\d{9}|1[3-9]\d([ -])\d{4}\2\d{4}"
            rf"){_NOT_BEFORE}"
        ),
        PHONE,
    ),
)
