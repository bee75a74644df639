"""Why items are dropped, or wait for a person, in both languages."""

EN = {
    "ended.duplicate": "duplicate of {id}",
    "ended.few_own": "too little text: about {n} word of its own|too little text: about {n} words of its own",
    "ended.few_signs_beside": "too little text: {n} characters beside the title",
    "ended.few_signs": "too little text: {n} characters",
    "ended.few_beside": "too little text: {n} word beside the title|too little text: {n} words beside the title",
    "ended.few": "too little text: {n} word|too little text: {n} words",
    "ended.no_text": "the entry has no text",
    "ended.test": "a test entry",
    "ended.furniture": "the entry has nothing but links, code, or page furniture",
    "ended.fields": "the entry has nothing but fields with a word or two",
    "ended.checked": "checked; waits for approval",
    "ended.distrusted": (
        "its source is trusted {trust} by people ({up} up, {down} down), less than {least}; waits for approval"
    ),
    "ended.not_passed": "not passed after {n} draft: {why}|not passed after {n} drafts: {why}",
    "ended.unknown": (
        "{sink} may or may not have the post ({why}); look there, then approve to send again, or discard"
    ),
}

ZH = {
    "ended.duplicate": "与 {id} 重复",
    "ended.few_own": "文字太少：自身约 {n} 个词",
    "ended.few_signs_beside": "文字太少：标题之外 {n} 个字",
    "ended.few_signs": "文字太少：{n} 个字",
    "ended.few_beside": "文字太少：标题之外 {n} 个词",
    "ended.few": "文字太少：{n} 个词",
    "ended.no_text": "条目没有文字",
    "ended.test": "测试条目",
    "ended.furniture": "条目只有链接、代码或网页的边角文字",
    "ended.fields": "条目只有一两个词的字段",
    "ended.checked": "已通过核查，等待批准",
    "ended.distrusted": "人们对该来源的信任度为 {trust}（赞 {up}，踩 {down}），低于 {least}；等待批准",
    "ended.not_passed": "写了 {n} 稿仍未通过核查：{why}",
    "ended.unknown": "不能确定 {sink} 是否已收到文章（{why}）；请先去查看，再批准以重新发送，或丢弃",
}
