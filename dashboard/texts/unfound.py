"""What the search for a feed and the reading of a list of feeds say, in both languages."""

EN = {
    "unfound.unseen": "Nobody could look whether it is a feed: {why}",
    "unfound.late": "no feed was found for {at} within {seconds} s.",
    "unfound.consent": "no feed was found: {at} is a consent page, for people only.",
    "unfound.page": (
        "no feed was found: {at} is a web page ({title}) that announces none that can be read, and there is none where"
        " feeds usually are. Look on it for the feed's own address."
    ),
    "unfound.none": "no feed was found: {why}",
    "unfound.cause": "{cause} ({told}). {help}",
    "unread.no_address": "{name}: {given} is no web address",
    "unread.faulty": "the file is faulty at line {line}; feeds that could not be read: {lost}",
    "unread.faulty_whole": "the file is faulty at line {line}; every feed in it was read all the same",
    "unread.no_outline": "feeds that could not be read, because what names them is no outline: {lost}",
    "unread.line": "line {line}: {given} was not read",
    "unread.more": "and {lost} more, the last at line {line}",
    "unread.no_opml": "this is no OPML file: it has no <opml> element",
    "unread.list": "the list cannot be read: {why}",
}

ZH = {
    "unfound.unseen": "未能检查这是不是订阅源：{why}",
    "unfound.late": "{seconds} 秒内没有为 {at} 找到订阅源。",
    "unfound.consent": "没有找到订阅源：{at} 是要求同意使用 Cookie 的页面，只供人浏览。",
    "unfound.page": (
        "没有找到订阅源：{at} 是网页（{title}），它没有标出可以读取的订阅源，常见的地址上也没有。"
        "请在网页上查找订阅源的地址。"
    ),
    "unfound.none": "没有找到订阅源：{why}",
    "unfound.cause": "{cause}（{told}）。{help}",
    "unread.no_address": "{name}：{given} 不是网址",
    "unread.faulty": "文件第 {line} 行有错；有 {lost} 个订阅源无法读取",
    "unread.faulty_whole": "文件第 {line} 行有错；其中的订阅源仍全部读到",
    "unread.no_outline": "有 {lost} 个订阅源无法读取：写有其地址的不是 outline 元素",
    "unread.line": "第 {line} 行：{given} 没有读到",
    "unread.more": "另有 {lost} 个，最后一个在第 {line} 行",
    "unread.no_opml": "这不是 OPML 文件：没有 <opml> 元素",
    "unread.list": "列表无法读取：{why}",
}
