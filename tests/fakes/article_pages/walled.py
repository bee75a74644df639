"""Pages that are not the article: barriers, questions, errors, and pages of something else."""

# ruff: noqa: E501 - the lines of a page are as long as its site makes them

from daemon.blackboard.senses import ArticleOutcome
from tests.fakes.article_pages.parts import Sample, paragraphs

_TITLE = "Council votes to lower Halden dam"
_SUMMARY = "The regional council voted on Thursday to lower the Halden dam by 2.5 metres, by nine votes to four."
_BEGIN = (
    "The regional council voted on Thursday, by nine votes to four, to lower the Halden dam by 2.5 metres.",
    (
        "Engineers had warned in January that the spillway could not carry a flood like that of 1987, and that repairs"
        " alone would cost more than the council spends on all its roads in a year."
    ),
)
_MORE = (
    "“We are buying twenty years, not safety,” said Petra Voss, who chairs the water board.",
    "The work will cost 14.2 million euros and begin in August, after the nesting season.",
    "Farmers downstream fear for their summer water; the council promised a canal by 2029.",
)


def _page(name: str, outcome: ArticleOutcome, html: str, **more: str) -> Sample:
    return Sample(**{"name": name, "title": _TITLE, "summary": _SUMMARY, "outcome": outcome, "html": html, **more})  # type: ignore[arg-type]


def _news(body: str, *, head: str = "", title: str = _TITLE) -> str:
    return f"""<!doctype html><html lang="en"><head><title>{title}</title>{head}</head><body><header><a href="/">The Courier</a></header>
<main><article><h1>{title}</h1>{body}</article></main><footer>Imprint</footer></body></html>"""


PAYWALLS = (
    _page(
        "paywall told in JSON-LD",
        ArticleOutcome.PAYWALL,
        _news(
            paragraphs(*_BEGIN, *_MORE),
            head='<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":false}</script>',
        ),
    ),
    _page(
        "paywall told of a part",
        ArticleOutcome.PAYWALL,
        _news(
            paragraphs(*_BEGIN, *_MORE),
            head='<script type="application/ld+json">{"@graph":[{"@type":["NewsArticle"],"isAccessibleForFree":"True","hasPart":'
            '{"@type":"WebPageElement","isAccessibleForFree":"False","cssSelector":".locked"}}]}</script>',
        ),
    ),
    _page(
        "paywall told in broken JSON-LD",
        ArticleOutcome.PAYWALL,
        _news(
            paragraphs(*_BEGIN, *_MORE),
            head='<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree": false,,}</script>',
        ),
    ),
    _page(
        "content tier locked",
        ArticleOutcome.PAYWALL,
        _news(paragraphs(*_BEGIN, *_MORE), head='<meta property="article:content_tier" content="locked">'),
    ),
    _page(
        "content tier metered, beginning only",
        ArticleOutcome.PAYWALL,
        _news(paragraphs(*_BEGIN), head='<meta property="article:content_tier" content="metered">'),
    ),
    _page(
        "barrier of a known class",
        ArticleOutcome.PAYWALL,
        _news(paragraphs(*_BEGIN) + '<div class="c-paywall"><p>Choose your plan.</p></div>'),
    ),
    _page(
        "barrier on a page with a banner",
        ArticleOutcome.PAYWALL,
        _news(
            '<div id="cookie-banner">We use cookies. <button>Accept all</button></div>'
            "<p>The bank has lost a third of its deposits since August, documents show.</p>"
            '<div class="paywall"><h3>Subscribe to continue reading</h3><p>Already a subscriber? Log in.</p></div>'
        ),
    ),
    _page(
        "paid newsletter",
        ArticleOutcome.PAYWALL,
        _news(
            paragraphs(*_BEGIN)
            + "<div><h2>This post is for paid subscribers</h2><a>Already a subscriber? Sign in</a></div>"
        ),
    ),
    _page(
        "german barrier",
        ArticleOutcome.PAYWALL,
        """<html lang="de"><head><title>Rat senkt den Halden-Damm</title></head><body><article><h1>Rat senkt den Halden-Damm</h1>
<p>Der Regionalrat hat am Donnerstag mit neun zu vier Stimmen beschlossen, den Damm um 2,5 Meter zu senken. Ingenieure hatten
im Januar gewarnt, der Überlauf könne eine Flut wie die von 1987 nicht abführen, und eine Reparatur sei zu teuer.</p>
<div><b>Jetzt weiterlesen mit unserem Plus-Abo</b></div></article></body></html>""",
        title="Rat senkt den Halden-Damm",
        summary="Der Regionalrat hat beschlossen, den Damm um 2,5 Meter zu senken.",
    ),
    _page(
        "chinese barrier",
        ArticleOutcome.PAYWALL,
        """<html lang="zh"><head><title>水坝将降低二点五米</title></head><body><div class="article"><h1>水坝将降低二点五米</h1>
<p>区议会周四以九票对四票通过决议，将哈尔登水坝降低二点五米。工程师在一月份曾警告说，溢洪道无法承受一九八七年那样的洪水，
而仅仅维修的费用就会超过区里一年的全部道路开支。议会主席表示，这项决定是多年研究的结果。</p>
<p>本文为付费内容，订阅后继续阅读全文</p></div></body></html>""",
        title="水坝将降低二点五米",
        summary="区议会通过决议，将哈尔登水坝降低二点五米。",
    ),
    _page(
        "french barrier",
        ArticleOutcome.PAYWALL,
        """<html lang="fr"><head><title>Le barrage de Halden sera abaissé</title></head><body><article><h1>Le barrage de Halden sera abaissé</h1>
<p>Le conseil régional a voté jeudi, par neuf voix contre quatre, l'abaissement du barrage de Halden de 2,5 mètres. Les
ingénieurs avaient averti en janvier que l'évacuateur ne pourrait supporter une crue comme celle de 1987.</p>
<p>Il vous reste 82% de cet article à lire. La suite est réservée aux abonnés.</p></article></body></html>""",
        title="Le barrage de Halden sera abaissé",
        summary="Le conseil régional a voté l'abaissement du barrage.",
    ),
)
QUESTIONS = (
    _page(
        "consent page on a host of its own",
        ArticleOutcome.CONSENT,
        """<html lang="en"><head><title>Before you continue</title></head><body><form><h1>Before you continue</h1><p>We use cookies and
data to deliver and maintain our services, to track outages and to protect against spam, fraud and abuse. If you choose to
accept all, we will also use cookies to develop new services and to show you personalised content.</p>
<button>Reject all</button><button>Accept all</button></form></body></html>""",
        url="https://consent.news.example/m?continue=x",
        asked="https://news.example/2026/03/story-one",
    ),
    _page(
        "consent page in the article's place",
        ArticleOutcome.CONSENT,
        """<html lang="de"><head><title>Tagesblick</title></head><body><div><h1>Mit Werbung weiterlesen</h1><p>Wir und unsere 211
Partner verarbeiten Daten, um Ihnen Inhalte zu zeigen. Ihre Einwilligung können Sie jederzeit widerrufen.</p>
<button>Alle akzeptieren</button> <a>Cookie-Einstellungen</a></div></body></html>""",
    ),
    _page(
        "login in the article's place",
        ArticleOutcome.CONSENT,
        """<html lang="en"><head><title>Sign in</title></head><body><main><h1>Sign in to continue</h1><form><label>Name<input name="n"></label>
<label>Password<input type="password" name="p"></label><a>Forgot your password?</a><button>Sign in</button></form></main></body></html>""",
    ),
    _page(
        "led to a login",
        ArticleOutcome.CONSENT,
        f"<html><head><title>Members</title></head><body><h1>Members</h1>{paragraphs(*_BEGIN)}</body></html>",
        url="https://news.example/account/login?next=%2Fstory",
        asked="https://news.example/2026/03/story-one",
    ),
    _page(
        "challenge with 200",
        ArticleOutcome.CHALLENGE,
        """<html><head><title>Just a moment...</title></head><body><noscript>Enable JavaScript and cookies to continue</noscript>
<div id="cf-please-wait">Checking your browser before accessing news.example.</div></body></html>""",
    ),
    _page(
        "captcha",
        ArticleOutcome.CHALLENGE,
        """<html><head><title>Are you human?</title></head><body><p>Please prove that you are not a robot.</p>
<div class="g-recaptcha" data-sitekey="x"></div></body></html>""",
    ),
)
NOTHING = (
    _page(
        "soft 404",
        ArticleOutcome.ELSEWHERE,
        """<html lang="en"><head><title>Page not found - The Courier</title></head><body><h1>Oops! That page can't be found.</h1>
<p>It looks like nothing was found at this location. Maybe try one of the links below or a search? Here is what others read
this week: a story about a goose, a story about a bridge, and a long one about the weather on the islands in winter.</p></body></html>""",
    ),
    _page(
        "chinese soft 404",
        ArticleOutcome.ELSEWHERE,
        "<html><head><title>页面不存在</title></head><body><p>抱歉，您访问的页面不存在或已删除。</p></body></html>",
    ),
    _page(
        "led to the front page",
        ArticleOutcome.ELSEWHERE,
        _news(paragraphs(*_BEGIN, *_MORE), title="The Courier"),
        url="https://news.example/",
        asked="https://news.example/2026/03/story-one",
    ),
    _page(
        "another article",
        ArticleOutcome.ELSEWHERE,
        _news(
            paragraphs(
                "Rabbits have come back to the allotments behind the station, and the gardeners are of two minds.",
                "One of them, a former postman, has put up a sign that asks the animals to leave his lettuce alone.",
                "The club will discuss fences in autumn; until then everybody is asked to close the gate behind them.",
            ),
            title="Rabbits are back in the gardens",
        ),
    ),
    _page(
        "single-page app without text",
        ArticleOutcome.NO_TEXT,
        """<!doctype html><html><head><title>Council votes to lower Halden dam</title></head><body><noscript>You need to enable JavaScript
to run this app.</noscript><div id="root"></div><script src="/main.js"></script></body></html>""",
    ),
    _page("empty page", ArticleOutcome.NO_TEXT, ""),
    _page("empty body", ArticleOutcome.NO_TEXT, "<html><head></head><body></body></html>"),
    _page(
        "page with less than the feed",
        ArticleOutcome.NO_TEXT,
        _news(paragraphs(*_BEGIN)),
        summary=" ".join((*_BEGIN, *_MORE, *_BEGIN)),
    ),
    _page("a PDF", ArticleOutcome.NO_TEXT, "%PDF-1.7 …", content_type="application/pdf"),
    _page("JSON", ArticleOutcome.NO_TEXT, '{"title": "Council votes"}', content_type="application/json"),
)

WALLED = (*PAYWALLS, *QUESTIONS, *NOTHING)
