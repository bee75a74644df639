"""Why files of a watched folder are left out, in both languages."""

EN = {
    "left.kind": "files of this kind ({ending}) are not read; save it as text, Markdown, HTML or PDF",
    "left.large": "larger than {most} bytes; if that is right, raise sensors.folders.max_file",
    "left.own": "the desk's own posts are not read",
    "left.link": "a link; links are not followed",
    "left.special": "not a regular file",
    "left.empty": "empty",
    "left.binary": "not a text",
    "left.no_text": "there is no text in it",
    "left.forbidden": "the daemon may not read it",
    "left.encrypted": "an encrypted PDF; save it without a password",
    "left.damaged": "a damaged PDF",
    "left.scanned": "a scanned PDF without text",
    "left.huge_pdf": "a PDF that unpacks to more than can be read",
    "left.parser": "it could not be read in time, or the parser failed on it",
}

ZH = {
    "left.kind": "不读取此类文件（{ending}）；请存为文本、Markdown、HTML 或 PDF",
    "left.large": "超过 {most} 字节；如果确实需要，请调高 sensors.folders.max_file",
    "left.own": "本台自己的文章，不读取",
    "left.link": "是符号链接，不跟随",
    "left.special": "不是普通文件",
    "left.empty": "空文件",
    "left.binary": "不是文本",
    "left.no_text": "里面没有文字",
    "left.forbidden": "守护进程无权读取",
    "left.encrypted": "加密的 PDF；请去掉密码后另存",
    "left.damaged": "PDF 已损坏",
    "left.scanned": "扫描的 PDF，没有文字",
    "left.huge_pdf": "PDF 展开后过大，无法读取",
    "left.parser": "未能及时读完，或解析出错",
}
