"""Chinese names: persons beside a verb of saying or a title; organizations and places by dictionary and ending."""

import re
from collections.abc import Iterator

from brains.language.chinese import name_tag, segment

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆"
    "汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞"
    "颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳欧阳上官诸葛司马"
)
_ROLES = (
    "教授|博士|院士|主任|馆长|院长|所长|校长|总裁|总经理|经理|董事长|总监|工程师|研究员|先生|女士|部长|市长|省长|局长|主席|"
    "书记|记者|医生|律师|老师|负责人|创始人|首席执行官|首席科学家|发言人|站长|队长|船长|秘书长"
)
_SAYS = "表示|说|称|指出|介绍|认为|透露|强调|补充|解释|告诉|坦言|回忆|写道|宣布|担任|出任|带领|领导|预计"
_PERSON = rf"[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}"
_AFTER_ROLE = re.compile(rf"(?:{_ROLES})(?P<name>{_PERSON}?)(?={_SAYS}|[，。、：“（\s]|$)")
_BEFORE_SAYING = re.compile(rf"(?:^|[，。、；：”\s]|(?:{_ROLES}))(?P<name>{_PERSON}?)(?=(?:{_ROLES})?(?:{_SAYS}))")
_BEFORE_ROLE = re.compile(rf"(?:^|[，。、；：”\s])(?P<name>{_PERSON}?)(?=(?:{_ROLES}))")
_WORKS = re.compile(r"《([^《》]{1,40})》")
_ENDINGS = (
    "公司|集团|大学|学院|研究所|研究院|研究中心|实验室|银行|医院|图书馆|博物馆|电站|港|省|市|县|区|镇|村|州|岛|湖|江|河"
)
_ENDS_ALONE = re.compile(rf"(?:{_ENDINGS})$")
_GENERIC_WORDS = (
    "城市 本市 全市 该市 都市 超市 股市 上市 地区 社区 园区 市区 全区 片区 各省 全省 节省 机场 海港 江河 港口"
)
_GENERIC = frozenset(_GENERIC_WORDS.split())
_SHORTEST = 2


def chinese_names(sentence: str) -> list[str]:
    """Names of persons, places, organizations and works, in no special order; precision before completeness."""
    return list(
        dict.fromkeys(name for name in _candidates(sentence) if len(name) >= _SHORTEST and name not in _GENERIC)
    )


def _candidates(sentence: str) -> Iterator[str]:
    for pattern in (_AFTER_ROLE, _BEFORE_SAYING, _BEFORE_ROLE):
        for match in pattern.finditer(sentence):
            if not _is_word_run(match["name"]):
                yield match["name"]
    yield from (match[1] for match in _WORKS.finditer(sentence))
    for word in segment(sentence):
        if name_tag(word) in {"ns", "nt"} or (name_tag(word) and _ENDS_ALONE.search(word)):
            yield word


def _is_word_run(text: str) -> bool:
    """Whether the characters are ordinary words that only begin like a surname (`高度`, `方面`)."""
    return name_tag(text) != "nr" and len(segment(text)) == 1 and not _is_new(text)


def _is_new(text: str) -> bool:
    from brains.language.chinese import is_known

    return not is_known(text)
