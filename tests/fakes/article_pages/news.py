"""Pages of news sites in several languages, with what such sites put around an article."""

# ruff: noqa: E501 - the lines of a page are as long as its site makes them

from tests.fakes.article_pages.parts import Sample, paragraphs

_DAM = (
    "The regional council voted on Thursday, by nine votes to four, to lower the Halden dam by 2.5 metres.",
    "Engineers had warned in January that the spillway could not carry a flood like that of 1987.",
    "“We are buying twenty years, not safety,” said Petra Voss, who chairs the water board.",
    "The work will cost 14.2 million euros and begin in August, after the nesting season.",
    "Farmers downstream fear for their summer water; the council promised a canal by 2029.",
    "A petition against the plan gathered 3,100 signatures in a week.",
)
_BAHN = (
    "Die Strecke zwischen Ahlfeld und Nordheim wird nach achtzehn Jahren wieder in Betrieb genommen.",
    "Das teilte das Verkehrsministerium am Mittwoch mit; die Kosten belaufen sich auf 48 Millionen Euro.",
    "„Wir holen die Menschen vom Parkplatz auf den Bahnsteig“, sagte Staatssekretärin Anke Röhl.",
    "Von Dezember an sollen die Züge stündlich fahren, am Wochenende bis Mitternacht.",
    "Der Fahrgastverband bemängelt, dass drei der sieben Bahnhöfe nicht barrierefrei sind.",
)
_BAHN_TABLE = (
    "## Der neue Fahrplan",
    "Bahnhof | erster Zug | danach",
    "Ahlfeld | 5.12 | 6.12",
    "Nordheim | 5.47 | 6.47",
)
_ZH = (
    "本报讯（记者周岚）市交通局昨日宣布，连接东港与北岭的第七条地铁线路将于明年六月开通试运营。",
    "新线路全长三十二公里，设车站二十一座，其中换乘站六座，预计日均客流量将达到四十万人次。",
    "“我们把施工对河道的影响降到了最低。”总工程师陈立群在发布会上说。",
    "据介绍，工程总投资约为一百八十六亿元，比原计划节省了百分之四。",
    "沿线居民对噪声表示担忧，交通局承诺在通车前完成全部隔音屏障的安装。",
)
_JA = (
    "県立図書館は十日、所蔵する江戸時代の絵図四百点をインターネットで公開したと発表した。",
    "担当した学芸員の森下千夏さんは「虫食いの穴まで見える」と話す。",
    "撮影には二年かかり、費用は約三千万円だった。来年度はさらに六百点を加える予定だという。",
    "絵図は誰でも無料で利用でき、商用の場合も許可は要らない。",
)
_ES = (
    "El ayuntamiento de Valdeluz cerrará al tráfico la avenida del Puerto a partir del próximo lunes.",
    "La medida afecta a unos 12.000 vehículos diarios y se mantendrá hasta finales de octubre.",
    "«No es un castigo, es una prueba», explicó la concejala Nuria Abad durante la presentación.",
    "Los comerciantes han pedido que se mantenga abierto un carril para la carga y la descarga.",
)
_FR = (
    "La coopérative de Saint-Aubin a racheté, mardi, les trois dernières fermes laitières de la vallée.",
    "Le prix n'a pas été rendu public, mais il s'élèverait à 2,3 millions d'euros selon nos informations.",
    "« Sans cela, il n'y aurait plus eu de lait ici à Noël », affirme Gilles Perrin, son président.",
    "Les vingt-sept salariés conserveront leur emploi pendant au moins cinq ans.",
)
_AR = (
    "أعلنت بلدية المدينة القديمة أن ترميم السور الشمالي سيبدأ في الخريف المقبل ويستمر ثلاث سنوات.",
    "وقالت المهندسة ليلى حداد إن الحجارة المتساقطة جُمعت ورُقمت واحدة واحدة منذ عام 2019.",
    "وتبلغ كلفة المشروع أربعة ملايين دولار، تُموَّل نصفها من تبرعات السكان والمغتربين.",
    "وسيبقى السوق مفتوحًا أثناء الأعمال، مع ممر مغطى للمشاة على طول السور.",
)
_LIVE = (
    "Ferry traffic across the sound stopped at noon on Friday after a gust of 41 metres per second at Skarvik.",
    "All 212 passengers of the last crossing reached the shore; four were treated for bruises.",
    "The harbour master, Tor Iversen, said that boats would stay in port until Sunday morning at the earliest.",
    "Power was restored to most of the 9,000 households on the islands by the evening.",
)
_TALK = (
    "A second storm is expected on Tuesday; the service advises against any crossing before Wednesday noon.",
    "Insurance companies counted 640 claims by the evening, most of them for roofs, boats and greenhouses.",
    "The old pier at Skarvik, a listed building since 1962, lost eleven of its forty pillars to the waves.",
    "School will begin two hours later on Monday, and buses replace the ferry on the northern road until then.",
    "The mayor thanked the volunteers who had carried sandbags through the night, among them the whole choir.",
    "A fund for those whose houses were damaged has been opened by the savings bank and the parish.",
)

NEWS_SITE = Sample(
    name="news site",
    title="Council votes to lower Halden dam",
    summary="The regional council voted on Thursday to lower the Halden dam.",
    wanted=_DAM,
    around=(
        "Advertisement",
        "Horoscope",
        "Most read",
        "cookies",
        "newsletter",
        "Trending",
        "WhatsApp",
        "hedgehog",
        "Copyright",
    ),
    html=f"""<!doctype html><html lang="en"><head><title>Council votes to lower Halden dam | The Valley Courier</title>
<script type="application/ld+json">[{{"@type":"NewsArticle","headline":"Council votes to lower Halden dam","author":[{{"@type":"Person",
"name":"Lena Hart"}},{{"@type":"Person","name":"Omar Said"}}],"datePublished":"2026-03-12T16:40:00Z","isAccessibleForFree":"True"}}]</script></head><body>
<div id="onetrust-banner-sdk" class="cookie-banner" role="dialog"><p>We use cookies to make our site better.</p><button>Accept all</button></div>
<header><nav><a href="/">News</a> <a href="/s">Sport</a> <a href="/h">Horoscope</a></nav></header>
<div class="ad-slot">Advertisement</div><main><article><h1>Council votes to lower Halden dam</h1>
<div class="byline">By Lena Hart and Omar Said</div><div class="social-share"><a>WhatsApp</a> <a>Mail</a></div>
<figure><img src="d.jpg" alt="The dam"><figcaption>The dam in March.</figcaption></figure>
<div class="article-body">{paragraphs(*_DAM[:2])}<div class="newsletter-signup"><h4>Our newsletter</h4><p>The morning newsletter, in your inbox at six.</p></div>
{paragraphs(*_DAM[2:4])}<aside class="related-stories"><h4>Related</h4><a href="/o">A hedgehog in the town hall</a></aside>
{paragraphs(*_DAM[4:])}</div></article>
<section class="most-read"><h2>Most read</h2><ol><li><a href="/1">Trending: the goose is back</a></li></ol></section></main>
<footer>Copyright 2026 The Valley Courier</footer></body></html>""",
)
GERMAN = Sample(
    name="german news with a table",
    title="Züge fahren wieder nach Nordheim",
    wanted=(*_BAHN, *_BAHN_TABLE),
    around=("Anzeige", "Impressum", "Datenschutz", "Kommentare", "Abonnieren", "Sturmtief"),
    html=f"""<!doctype html><html lang="de"><head><title>Züge fahren wieder nach Nordheim - Tagesblick</title></head><body>
<nav class="hauptmenue"><a href="/">Start</a><a href="/p">Politik</a></nav><div class="anzeige">Anzeige</div>
<article class="artikel"><h1>Züge fahren wieder nach Nordheim</h1>{paragraphs(*_BAHN[:4])}
<h2>Der neue Fahrplan</h2><table><tr><th>Bahnhof</th><th>erster Zug</th><th>danach</th></tr>
<tr><td>Ahlfeld</td><td>5.12</td><td>6.12</td></tr><tr><td>Nordheim</td><td>5.47</td><td>6.47</td></tr></table>
{paragraphs(_BAHN[4])}</article><div class="teaser-liste"><h3>Mehr zum Thema</h3><a href="/t">Sturmtief legt Fähren lahm</a></div>
<div id="kommentare"><h3>Kommentare</h3><p>Noch keine Kommentare.</p></div><div class="abo">Abonnieren Sie uns.</div>
<footer><a>Impressum</a> <a>Datenschutz</a></footer></body></html>""",
)
CHINESE = Sample(
    name="chinese portal",
    title="第七条地铁线路明年六月开通",
    summary="市交通局昨日宣布，第七条地铁线路将于明年六月开通试运营。",
    wanted=_ZH,
    around=("责任编辑", "版权所有", "热门推荐", "扫一扫", "客户端下载"),
    content_type="text/html",
    html=f"""<!DOCTYPE html><html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"><title>第七条地铁线路明年六月开通_都市新闻网</title></head>
<body><div class="top-nav"><a href="/">首页</a><a href="/g">国内</a><a href="/app">客户端下载</a></div>
<div class="main-content"><div class="article"><h1>第七条地铁线路明年六月开通</h1><div class="info">2026-03-02 08:15 来源：都市新闻网</div>
<div id="article_content" class="content">{"".join(f"<p>　　{text}</p>" for text in _ZH)}</div>
<div class="editor">（责任编辑：王敏）</div><div class="share">扫一扫，分享到朋友圈</div></div>
<div class="hot-list"><h3>热门推荐</h3><ul><li><a href="/1">热门推荐：本周末天气</a></li></ul></div></div>
<div class="footer">版权所有 都市新闻网 京ICP备00000000号</div></body></html>""",
)
JAPANESE = Sample(
    name="japanese news",
    title="江戸時代の絵図四百点を公開",
    wanted=_JA,
    around=("関連記事", "ランキング", "利用規約"),
    html=f"""<!doctype html><html lang="ja"><head><meta charset="utf-8"><title>江戸時代の絵図四百点を公開：県内ニュース</title></head><body>
<header><a href="/">県内ニュース</a></header><article><h1>江戸時代の絵図四百点を公開</h1><div class="article-text">{paragraphs(*_JA)}</div></article>
<section class="related"><h2>関連記事</h2><ul><li><a href="/a">図書館の冬時間</a></li></ul></section>
<aside><h2>ランキング</h2></aside><footer>利用規約</footer></body></html>""",
)
SPANISH = Sample(
    name="spanish news",
    title="La avenida del Puerto cerrará al tráfico",
    wanted=_ES,
    around=("Publicidad", "Lo más leído", "Aviso legal"),
    html=f"""<!doctype html><html lang="es"><head><title>La avenida del Puerto cerrará al tráfico</title></head><body><div class="publi">Publicidad</div>
<main><h1>La avenida del Puerto cerrará al tráfico</h1><div class="cuerpo">{paragraphs(*_ES)}</div></main>
<aside><h3>Lo más leído</h3><ul><li><a href="/g">El gol del año</a></li></ul></aside><footer>Aviso legal</footer></body></html>""",
)
FRENCH_BANNER = Sample(
    name="french news under a consent banner",
    title="Saint-Aubin rachète ses trois fermes",
    wanted=_FR,
    around=("Tout accepter", "partenaires", "Mentions"),
    html=f"""<!doctype html><html lang="fr"><head><title>Saint-Aubin rachète ses trois fermes</title></head><body>
<div id="didomi-host" class="consent-popup"><p>Nous et nos 812 partenaires stockons des informations sur votre appareil.</p>
<button>Tout accepter</button><button>Continuer sans accepter</button></div><main><article><h1>Saint-Aubin rachète ses trois fermes</h1>
{paragraphs(*_FR)}</article></main><footer>Mentions légales</footer></body></html>""",
)
ARABIC = Sample(
    name="arabic news",
    title="ترميم السور الشمالي يبدأ في الخريف",
    wanted=_AR,
    around=("اقرأ أيضا", "جميع الحقوق"),
    html=f"""<!doctype html><html lang="ar" dir="rtl"><head><title>ترميم السور الشمالي يبدأ في الخريف</title></head><body>
<nav><a href="/">الرئيسية</a></nav><article><h1>ترميم السور الشمالي يبدأ في الخريف</h1>{paragraphs(*_AR)}</article>
<aside><h3>اقرأ أيضا</h3></aside><footer>جميع الحقوق محفوظة</footer></body></html>""",
)
AD_FOR_SUBSCRIBERS = Sample(
    name="free article that advertises a subscription",
    title="Ferries stop after gust at Skarvik",
    wanted=(*_LIVE, *_TALK),
    around=("Subscribe", "Already a subscriber"),
    html=f"""<html lang="en"><head><title>Ferries stop after gust at Skarvik</title></head><body><header><div class="promo"><a href="/s">Subscribe to keep us going</a>
<span>Already a subscriber? Log in</span></div></header><article><h1>Ferries stop after gust at Skarvik</h1>
<div class="story">{paragraphs(*_LIVE, *_TALK)}</div></article></body></html>""",
)

NEWS = (NEWS_SITE, GERMAN, CHINESE, JAPANESE, SPANISH, FRENCH_BANNER, ARABIC, AD_FOR_SUBSCRIBERS)
