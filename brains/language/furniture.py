"""Sentences that belong to the page and not to the story, and debris: read more, subscribe, credits, code, cut ends."""

import re
from typing import Final

from brains.language.words import cjk_characters, length_in_words

_SITES: Final = "tweet|print|email|facebook|twitter|linkedin|whatsapp|pocket|reddit|share|save|bookmark"
_ENGLISH: Final = (
    r"(?:read|see|view|show|learn)\s+(?:more|on|the\s+full|all|also|next)\b.{0,80}(?<!\.)",
    r"(?:continue|keep)\s+reading\b.*",
    r"(?:full|more)\s+(?:story|article|details|information|info)\b.{0,40}",
    r"click\s+(?:here|through|below|the)\b.*",
    r"the\s+post\b.*\bappeared\s+first\s+on\b.*",
    r"originally\s+(?:published|posted|appeared)\b.*",
    r"this\s+(?:post|article|story|entry)\s+(?:was|is)\s+(?:\w+\s+){0,2}(?:published|posted|sponsored|syndicated)\b.*",
    r"share\s+(?:this|on|via|with)\b.{0,60}",
    r"(?:like|follow|find|join)\s+us\b.*",
    r"follow\s+@?\w+\s+on\b.{0,60}",
    r"(?:please\s+)?subscribe\b.*",
    r"sign\s+up\b.*",
    r".{0,60}\bour\s+(?:\w+\s+)?newsletter\b.*",
    r"get\s+the\s+latest\b.*",
    r"(?:advertisement|sponsored|promoted|ad)\W*",
    r".{0,40}\ball\s+rights\s+reserved\b.*",
    r"(?:©|\(c\)|copyright)\W*\d{4}.*",
    r"(?:photo|image|picture|illustration|photograph|video|credit|source)s?(?:\s+(?:credit|by|courtesy|via))?\s*[:©].{0,160}",
    r"(?:image|video|animated image|attachment)\s+without\s+description\]",
    r"(?:related|tags?|categories|filed\s+under|posted\s+in|comments?|leave\s+a\s+(?:comment|reply)|permalink)\s*(?::.*|\W*)",
    r"by\s+[\w.'’-]+(?:\s+[\w.'’-]+){1,3},?\s+(?:\d{1,2}\s+\w+|\w+\s+\d{1,2},?)\s+\d{4}\W*",
    r"tl;?\s?dr\W*",
    r"\d+\s+(?:comments?|shares?|likes?|views?|min(?:ute)?s?\s+read)\W*",
    r"\d{1,3}\s+(?:second|minute|min|hour|day)s?\s+ago\W*",
    r"(?:skip\s+to|back\s+to\s+top|table\s+of\s+contents)\b.{0,40}",
    rf"(?:{_SITES})(?:\W+(?:{_SITES})){{0,12}}\W*",
)
_EUROPEAN: Final = (
    r"(?:weiterlesen|mehr\s+(?:lesen|erfahren|dazu)|zum\s+(?:artikel|beitrag|thema)|lesen\s+sie\s+(?:auch|mehr))\b.{0,100}",
    r"(?:anzeige|newsletter|abonnieren\s+sie|jetzt\s+abonnieren)\b.{0,100}",
    r"(?:lire\s+(?:la\s+suite|aussi|plus)|en\s+savoir\s+plus|abonnez-vous)\b.{0,100}",
    r"(?:leer\s+más|sigue\s+leyendo|suscr[ií]bete|leggi\s+(?:tutto|anche)|leia\s+mais)\b.{0,100}",
    r"(?:lees\s+(?:meer|verder)|läs\s+mer)\b.{0,100}",
)
_CHINESE: Final = (
    r"(?:点击|點擊)?(?:阅读|閱讀|查看|浏览|展开|戳)(?:全文|原文|更多|下方).{0,30}",
    r"点击(?:这里|此处|链接|下方|蓝字).{0,40}",
    r"更多(?:内容|精彩|资讯|详情).{0,40}",
    r"(?:本文)?(?:责任编辑|责编|编辑|校对|审核|排版|来源|图源|图片来源|摄影|作者|文|图|记者)\s*[:：丨|/／].{0,40}",
    r".{0,20}(?:扫码|扫描二维码|长按识别|关注我们|关注公众号|微信公众号|订阅我们|加入会员|下载APP|下载客户端).{0,60}",
    r"(?:未经授权|未经许可|转载请|本文(?:首发|转载|系)|版权所有|免责声明).{0,100}",
    r".{0,30}(?:不代表本(?:站|平台)立场).{0,30}",
    r"(?:分享到|分享至|点赞|评论区|广告|相关阅读|延伸阅读|推荐阅读).{0,40}",
    r"(?:\S{1,10}\s+)?\d{1,3}\s?(?:秒|分钟|小时|天)前(?:\s+\d{1,6}\s?评论)?\W*",
    r"(?:続きを読む|もっと見る|関連記事).{0,30}",
)
_FURNITURE: Final = re.compile(rf"^\W{{0,20}}(?:{'|'.join(_ENGLISH + _EUROPEAN + _CHINESE)})$", re.IGNORECASE)
_LONGEST: Final = 600
"""Furniture is short; a longer sentence is not looked at."""

_STAMP: Final = re.compile(
    r"(?:\s+\S{1,8})?\s+(?:\d{1,3}(?:秒|分钟|小时|天)前|(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))(?:\s+\d{1,6}评论)?$|^\d{1,2}:\d{2}\s+(?=[《“\u3400-\u9fff])"
)
"""What lists of Chinese news sites have around a title: its length, its column, its age, its comments."""
_SHORTEST_TITLE: Final = 6
"""In Chinese characters: where less would be left, a score or a date was taken for a stamp."""

ENDINGS: Final = (
    "com|org|net|io|ai|dev|app|co|xyz|info|biz|ru|cn|de|uk|fr|jp|eu|us|me|tv|gg|ly|link|"
    "site|online|shop|top|example|test"
)
"""Last parts of names of hosts that are seldom anything else."""
_ADDRESS: Final = re.compile(
    rf"https?://|\bwww\.|[\w.+-]{{1,64}}@[\w-]{{1,64}}\.\w|\b[a-z0-9-]{{1,64}}\.(?:{ENDINGS})/\S", re.IGNORECASE
)
_LAST_LINK: Final = re.compile(r"(?:[\s:：→👉🔗-]*https?://\S{1,2000})+$")
_WHOLE_ONES: Final = re.compile(r".*[.!?。！？](?=\s*\S[^.!?。！？]{0,80}$)")
"""All but the last few words, which only introduce the link."""
_LEADING_ON: Final = re.compile(
    r"\W*(?:read|see|watch|listen|check|visit|click|sign|register|download|more|details|full|via|source|link|here)\b",
    re.IGNORECASE,
)
_FEWEST_WORDS: Final = 4.0
_CODE: Final = re.compile(
    r"[{};]\s*$|^\s*(?:[$#>]\s|import |def |class |func |var |let |const |public )|[=!]=|->|=>|\(\)"
)
_CUT_OFF: Final = re.compile(
    r"(?:\[\s*(?:…|\.\.\.)\s*\]|\(\s*(?:more|mehr|…|\.\.\.)\s*(?:…|\.\.\.)?\)|…|\.\.\.|……)\W{0,9}$"
)
_LETTER: Final = re.compile(r"[^\W\d_]")
_LEAST_LETTERS: Final = 0.55


def is_furniture(sentence: str) -> bool:
    """Whether it belongs to the page: read more, subscribe, share, credits, comments."""
    return len(sentence) <= _LONGEST and _FURNITURE.match(sentence.strip()) is not None


def without_stamps(title: str) -> str:
    """A title without what the list that it was taken from has around it; never but a word or two."""
    bare = _STAMP.sub("", title).strip()
    return bare if cjk_characters(bare) >= _SHORTEST_TITLE else title


def has_address(sentence: str) -> bool:
    """Whether a bare link or mail address stands in it; a post's only link is that of its item."""
    return _ADDRESS.search(sentence) is not None


def without_last_link(sentence: str) -> str:
    """The sentence without a bare link at its end, when words that tell something stand before it."""
    found = _LAST_LINK.search(sentence)
    words = sentence[: found.start()] if found else sentence
    if found and found[0].lstrip().startswith((":", "：")) and (whole := _WHOLE_ONES.match(words)):
        words = whole[0]
    tells = length_in_words(words) >= _FEWEST_WORDS and not _LEADING_ON.match(words)
    return words if tells and not is_furniture(words) else sentence


def looks_like_code(sentence: str) -> bool:
    """Whether it is code or debris rather than words."""
    visible = sentence.replace(" ", "")
    letters = len(_LETTER.findall(visible))
    return bool(_CODE.search(sentence)) or letters < _LEAST_LETTERS * len(visible)


def is_cut_off(sentence: str) -> bool:
    """Whether the feed cut the sentence short."""
    return _CUT_OFF.search(sentence) is not None
