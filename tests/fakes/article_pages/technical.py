"""Pages of documentation, changelogs, releases, lists and plain text."""

# ruff: noqa: E501 - the lines of a page are as long as its site makes them

from tests.fakes.article_pages.parts import Sample, paragraphs

_DOCS = (
    "The queue keeps at most `max_items` messages in memory; the rest waits on disk.",
    "Call `drain()` before the process ends, or the last batch is read again at the next start.",
    "A message that fails three times is moved to the dead letters, with its traceback.",
    "Since version 4.2 the `lease` may be shorter than the visibility timeout.",
)
_CODE = ("async def main():", "    async with Queue(max_items=500) as queue:", "        await queue.drain()")
_STEPS = (
    "## In three steps",
    "1. Create a queue with a name of its own.",
    "2. Register the consumer.",
    "3. Run `davit start`.",
)
_RELEASE = (
    "Version 3.8.0 of the toolkit is out today, after eleven release candidates and one very long weekend.",
    "The resolver no longer walks the whole graph twice, which makes a cold start about 38% faster.",
    "Two defaults change: the cache is off in tests, and warnings are errors in continuous integration.",
    "Thanks to the ninety-four people who reported, reproduced and fixed what is in this release.",
)
_CHANGES = (
    "### Changes",
    "- Fixed a race in the file watcher when a folder is renamed twice within a second.",
    "- Added `--explain` to the lock command; it prints why a package was chosen.",
    "- Removed support for configuration files in the home folder.",
)
_INTERVIEW = (
    "Hanne Lund has built wooden boats for thirty-one years and has sold every one of them before it was finished.",
    "> People think it is the wood that keeps water out. It is the swelling; the wood only wants to be a tree again.",
    "She does not use epoxy, and she does not mind those who do, as long as they do not call it caulking.",
    "> My best boat sank. It was a Thursday. I still say it was my best boat.",
    "Next year she will hand over the yard to her two apprentices, and build, she says, one more for herself.",
)
_RECIPE = (
    "This is the lentil soup that my aunt made when anybody in the house sneezed, and it takes forty minutes.",
    "## What goes in",
    "- 300 g brown lentils",
    "- 2 carrots, 1 stick of celery",
    "- 1 spoon of smoked paprika",
    "## What to do",
    "1. Soften the vegetables in oil for eight minutes, without browning them.",
    "2. Add lentils, paprika and 1.4 litres of water; cook until the lentils give in.",
    "Serve it with a spoon of yoghurt and more black pepper than seems reasonable.",
)
_MAIL = (
    "On Tuesday the committee decided to freeze the format until the second review in June.",
    "Three objections were recorded; two of them concern the byte order of the header.",
    "If nobody speaks up before the 14th, draft seven becomes the text that is voted on.",
)
_PRESS = (
    "The Institute of Ocean Sciences has measured the lowest oxygen level in the Karst Basin since records began.",
    "At a depth of 180 metres, sensors recorded 0.4 millilitres a litre, down from 1.1 in 2016.",
    "The institute links the decline to a stable layer of fresh water that no winter storm has mixed since 2022.",
    "The data set is published under an open licence together with the calibration records of all sensors.",
)
_PRESS_ROWS = ("2016 | 1.1", "2021 | 0.7", "2026 | 0.4")

DOCS = Sample(
    name="documentation with code",
    title="Draining a queue before shutdown",
    wanted=(*_DOCS, *_CODE, *_STEPS),
    around=("On this page", "Next »", "Edit this page", "v4.1", "Was this helpful"),
    html="""<!doctype html><html lang="en"><head><title>Draining a queue | Davit docs</title></head><body><nav class="navbar"><a href="/">Davit</a>
<a href="/v4.1">v4.1</a></nav><div class="main-wrapper"><aside class="theme-doc-sidebar-container"><ul class="menu__list"><li><a href="/i">Install</a></li>
</ul></aside><main><nav class="theme-doc-breadcrumbs" aria-label="Breadcrumbs"><ul><li>Guides</li></ul></nav><article>
<div class="theme-doc-markdown markdown"><header><h1>Draining a queue before shutdown</h1></header>
<p>The queue keeps at most <code>max_items</code> messages in memory; the rest waits on disk.</p>
<p>Call <code>drain()</code> before the process ends, or the last batch is read again at the next start.</p>
<div class="language-python codeBlockContainer"><pre tabindex="0" class="prism-code"><code>async def main():
    async with Queue(max_items=500) as queue:
        await queue.drain()
</code></pre><div class="buttonGroup"><button>Copy</button></div></div>
<h2>In three steps</h2><ol><li>Create a queue with a name of its own.</li><li>Register the consumer.</li><li>Run <code>davit start</code>.</li></ol>
<p>A message that fails three times is moved to the dead letters, with its traceback.</p>
<p>Since version 4.2 the <code>lease</code> may be shorter than the visibility timeout.</p></div>
<footer class="theme-doc-footer"><a href="/e">Edit this page</a><p>Was this helpful?</p></footer></article>
<nav class="pagination-nav"><a href="/n">Next »</a></nav></main><div class="table-of-contents"><p>On this page</p></div></div></body></html>""",
)
RELEASE = Sample(
    name="release notes",
    title="Toolkit 3.8.0 released",
    wanted=(*_RELEASE, *_CHANGES),
    around=("Star", "Watchers", "Assets", "Skip to content"),
    html=f"""<html lang="en"><head><title>Release Toolkit 3.8.0 · tools/kit</title></head><body><a class="sr-only" href="#c">Skip to content</a>
<header class="AppHeader"><a href="/">Forge</a><button>Star</button><span>Watchers</span></header><main><div class="repository-content">
<div class="Box"><div class="Box-body"><h1>Toolkit 3.8.0 released</h1><div class="markdown-body">{paragraphs(*_RELEASE[:3])}
<h3>Changes</h3><ul><li>Fixed a race in the file watcher when a folder is renamed twice within a second.</li>
<li>Added <code>--explain</code> to the lock command; it prints why a package was chosen.</li>
<li>Removed support for configuration files in the home folder.</li></ul>{paragraphs(_RELEASE[3])}</div></div>
<div class="Box-footer"><h3>Assets</h3><ul><li><a href="/kit.tar.gz">kit.tar.gz</a></li></ul></div></div></div></main></body></html>""",
)
INTERVIEW = Sample(
    name="interview with quotes",
    title="A boat is a tree that changed its mind",
    wanted=_INTERVIEW,
    around=("Pin it", "More portraits", "Instagram"),
    html=f"""<html lang="en"><head><title>A boat is a tree that changed its mind</title></head><body><main><article><h1>A boat is a tree that changed its mind</h1>
<p>{_INTERVIEW[0]}</p><blockquote><p>{_INTERVIEW[1][2:]}</p></blockquote><p>{_INTERVIEW[2]}</p><blockquote>{_INTERVIEW[3][2:]}</blockquote>
<p>{_INTERVIEW[4]}</p><div class="share-buttons"><a>Pin it</a><a>Instagram</a></div></article>
<section class="related-posts"><h2>More portraits</h2><a href="/p">The last tuner of pianos</a></section></main></body></html>""",
)
RECIPE = Sample(
    name="recipe with lists",
    title="Lentil soup for a house that sneezes",
    wanted=_RECIPE,
    around=("Jump to recipe", "Rate this", "Print"),
    html=f"""<html lang="en"><head><title>Lentil soup for a house that sneezes</title></head><body><header><a href="/">Pot &amp; Spoon</a></header><main>
<article class="post"><h1>Lentil soup for a house that sneezes</h1><div class="buttons"><a href="#r">Jump to recipe</a> <button>Print</button></div>
<div class="entry-content"><p>{_RECIPE[0]}</p><h2>What goes in</h2><ul><li>300 g brown lentils</li><li>2 carrots, 1 stick of celery</li>
<li>1 spoon of smoked paprika</li></ul><h2>What to do</h2><ol><li>Soften the vegetables in oil for eight minutes, without browning them.</li>
<li>Add lentils, paprika and 1.4 litres of water; cook until the lentils give in.</li></ol><p>{_RECIPE[8]}</p></div>
<div class="rating-widget">Rate this recipe</div></article></main></body></html>""",
)
MAIL = Sample(
    name="mailing list in a pre",
    title="Format freeze until June",
    wanted=(*_MAIL, "Ana"),
    around=("thread", "Pipermail"),
    html=f"""<html><head><title>[fmt] Format freeze until June</title></head><body><h1>[fmt] Format freeze until June</h1><b>Ana Ruiz</b><hr>
<pre>{chr(10).join(_MAIL)}

Ana
</pre><hr><ul><li><a href="t.html">thread</a></li></ul><p><i>Pipermail</i></p></body></html>""",
)
PRESS = Sample(
    name="press release with figures",
    title="Lowest oxygen in the Karst Basin on record",
    wanted=(*_PRESS, *_PRESS_ROWS),
    around=("Media contact", "Accessibility", "RSS"),
    html=f"""<html lang="en"><head><title>Lowest oxygen in the Karst Basin on record</title></head><body><div id="header"><a href="/">Institute</a></div>
<div id="content"><div class="press-release"><h1>Lowest oxygen in the Karst Basin on record</h1>{paragraphs(*_PRESS[:3])}
<table class="data"><tr><td>2016</td><td>1.1</td></tr><tr><td>2021</td><td>0.7</td></tr><tr><td>2026</td><td>0.4</td></tr></table>
{paragraphs(_PRESS[3])}</div></div><div id="footer"><p>Accessibility</p><p>RSS</p><p>Media contact on request</p></div></body></html>""",
)
PLAIN = Sample(
    name="plain text",
    title="Format freeze until June",
    wanted=_MAIL,
    content_type="text/plain; charset=utf-8",
    html="\n\n".join(("Format freeze until June", *_MAIL)),
)

_HEXO = (
    "最近把家里的路由器换成了自己编译的固件，顺手写一个脚本来监控流量，这里记录一下过程和遇到的问题。",
    "脚本每隔三十秒读取一次接口的计数器，把差值写进本地的数据库，再由网页画成曲线。",
    "运行了两个星期之后，我发现真正占用带宽的不是电视，而是一个忘了关掉的备份任务。",
)
HEXO = Sample(
    name="chinese blog with numbered code",
    title="用脚本监控家里的流量",
    wanted=(*_HEXO, "def read_counter(name):", "    return int(open(path).read())"),
    around=("文章目录", "打赏", "本文作者", "上一篇"),
    html=f"""<html lang="zh-CN"><head><title>用脚本监控家里的流量 | 小屋</title></head><body><header id="header"><a href="/">小屋</a></header>
<main id="main"><div class="toc-container"><nav class="toc">文章目录</nav></div><article class="post"><h1 class="post-title">用脚本监控家里的流量</h1>
<div class="post-body"><p>{_HEXO[0]}</p><p>{_HEXO[1]}</p><figure class="highlight python"><table><tr><td class="gutter"><pre>
<span class="line">1</span><br><span class="line">2</span><br><span class="line">3</span><br></pre></td><td class="code"><pre><span class="line">def read_counter(name):</span><br><span class="line">    path = name</span><br><span class="line">    return int(open(path).read())</span><br></pre></td></tr></table></figure>
<p>{_HEXO[2]}</p></div><div class="reward">打赏</div><div class="post-copyright">本文作者：小屋主人</div></article>
<nav class="post-nav"><a href="/p">上一篇</a></nav></main></body></html>""",
)
FORM_PAGE = Sample(
    name="page in one form",
    title="Lowest oxygen in the Karst Basin on record",
    wanted=_PRESS,
    around=("Log out", "Webmaster"),
    html=f"""<html lang="en"><head><title>Lowest oxygen in the Karst Basin on record</title></head><body><form id="aspnetForm" method="post">
<div class="top-links"><a href="/o">Log out</a></div><div class="content"><h1>Lowest oxygen in the Karst Basin on record</h1>{paragraphs(*_PRESS)}</div>
<footer>Webmaster</footer></form></body></html>""",
)

TECHNICAL = (HEXO, FORM_PAGE, DOCS, RELEASE, INTERVIEW, RECIPE, MAIL, PRESS, PLAIN)
