"""Texts of the memory page."""

EN = {
    "memory.is_ok": "The memory works: each draft is written with what was published before on the same subject.",
    "memory.is_off": "The memory is switched off (`memory.mode: off`). Posts are written without looking back.",
    "memory.is_closed": "The memory is closed, because no daemon runs. What it holds is on record; a search opens it.",
    "memory.is_resting": "The memory rests at level {level}. Drafts are written without it and say so; "
    "what is published meanwhile enters later ({waiting} waiting).",
    "memory.is_degraded": "The memory is away since {since}: {why}\n\nPosts are written and published all the same, "
    "without looking back, and each draft says so. Nothing is lost: {waiting} waiting to enter when it is back.",
    "memory.remembered": "Posts remembered",
    "memory.of": "of {n} published",
    "memory.waiting": "Waiting to enter",
    "memory.oldest": "oldest: {age}",
    "memory.disk": "On disk",
    "memory.embedded": "in this desk's folder",
    "memory.elsewhere": "kept by a Chroma server",
    "memory.model": "Embedding model",
    "memory.model_ours": "on this machine, free",
    "memory.model_paid": "a provider's, paid by tokens",
    "memory.other_model": "The memory was filled with {was}, and {now} is configured now. What it knew is not recalled "
    "until it is filled anew.",
    "memory.silent": "The store could not be asked: {why}",
    "memory.lost": "The store holds {held} of the {n} posts that were put into it. Fill it anew to have them all.",
    "memory.search": "Search by meaning",
    "memory.search_hint": "a subject, a sentence, a question",
    "memory.search_closed": "No daemon has the memory open, so each search opens it, which takes some seconds.",
    "memory.searching": "Searching …",
    "memory.not_searched": "The memory cannot be searched: {why}",
    "memory.nothing_near": "Nothing is known of that.",
    "memory.near": "Similarity {score}  ·  published {published}",
    "memory.rebuild_words": "For when the store was lost or damaged, or another embedding model was configured: "
    "the memory is emptied, and every published post is put in again from the board.",
    "memory.rebuild_do": "Fill it anew",
    "memory.rebuild_posts": "**{n}** post, embedded with {model}.|**{n}** posts, embedded with {model}.",
    "memory.rebuild_free": "That is free: the model runs on this machine. Until it is done, less is recalled.",
    "memory.rebuild_costs": "That costs about **{cost}** for about {tokens} tokens, at the model's price. "
    "Until it is done, less is recalled.",
    "memory.rebuild_unknown": "What that costs is not known: there is no price for {model}.",
}

ZH = {
    "memory.is_ok": "记忆正常：每篇草稿都会参考以前就同一主题发布过的内容。",
    "memory.is_off": "记忆已关闭（`memory.mode: off`）。写作时不参考以往内容。",
    "memory.is_closed": "守护进程未运行，记忆处于关闭状态。下面是已有的记录；搜索时会临时打开。",
    "memory.is_resting": "级别 {level} 下记忆暂停。草稿不参考记忆并会注明；"
    "期间发布的文章稍后补入（{waiting} 篇等待中）。",
    "memory.is_degraded": "记忆自 {since} 起不可用：{why}\n\n文章照常写作和发布，只是不参考以往内容，每篇草稿都会注明。"
    "不会丢失：{waiting} 篇正等待恢复后进入记忆。",
    "memory.remembered": "已记住的文章",
    "memory.of": "共发布 {n} 篇",
    "memory.waiting": "等待进入",
    "memory.oldest": "最早的：{age}",
    "memory.disk": "磁盘占用",
    "memory.embedded": "在本研究台的文件夹中",
    "memory.elsewhere": "由 Chroma 服务器保存",
    "memory.model": "向量模型",
    "memory.model_ours": "在本机运行，免费",
    "memory.model_paid": "由服务商提供，按 token 计费",
    "memory.other_model": "记忆是用 {was} 建立的，而现在配置的是 {now}。重建之前，原有内容不会被想起。",
    "memory.silent": "无法询问记忆库：{why}",
    "memory.lost": "放入的 {n} 篇文章中，记忆库现有 {held} 篇。重建即可补全。",
    "memory.search": "按含义搜索",
    "memory.search_hint": "一个主题、一句话或一个问题",
    "memory.search_closed": "没有守护进程打开记忆，每次搜索都要先打开它，需要几秒钟。",
    "memory.searching": "正在搜索……",
    "memory.not_searched": "无法搜索记忆：{why}",
    "memory.nothing_near": "没有相近的内容。",
    "memory.near": "相似度 {score}  ·  发布于 {published}",
    "memory.rebuild_words": "用于记忆库丢失、损坏，或换了向量模型之后："
    "先清空记忆，再从黑板把每篇已发布的文章重新放入。",
    "memory.rebuild_do": "重建记忆",
    "memory.rebuild_posts": "共 **{n}** 篇文章，用 {model} 计算向量。",
    "memory.rebuild_free": "免费：模型在本机运行。完成之前，能想起的内容会少一些。",
    "memory.rebuild_costs": "按该模型的价格，约需 **{cost}**（约 {tokens} tokens）。完成之前，能想起的内容会少一些。",
    "memory.rebuild_unknown": "费用未知：没有 {model} 的价格。",
}
