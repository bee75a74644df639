"""People, organizations and places in Chinese text: dictionary tags, surnames, titles and endings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from brains.language.chinese import is_known, name_tag, names_a_thing, segment
from brains.language.stopwords import STOPWORDS

_SURNAME_LIST: Final = """
    赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章云苏潘葛奚范彭郎鲁韦昌
    马苗凤方俞任袁柳鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常傅卞齐康伍余顾孟黄穆萧尹姚邵湛汪祁毛狄米贝臧戴
    谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻贾路娄江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万柯管卢莫房裘
    缪解应宗丁宣邓郁单杭洪包诸左石崔吉龚程邢裴陆荣翁荀甄封储靳段焦巴牧谷车侯全班仰秋仲宫宁仇甘厉戎祖武符
    刘景詹束龙叶幸司韶黎白怀蒲卓蔺屠蒙池乔胥苍双闻莘党翟谭贡劳姬申扶堵冉宰雍桑桂濮牛寿通边扈燕冀浦尚农温
    庄晏柴瞿阎慕连茹习艾鱼容向古易慎戈廖终衡步都耿满弘匡国文寇广禄欧利师巩聂晁敖冷辛简饶曾沙养鞠须丰关相
    查游竺权盖益桓公肖付涂覃岳佟
    """
_SURNAMES: Final = frozenset("".join(_SURNAME_LIST.split()))
_DOUBLE: Final = ("欧阳", "司马", "上官", "诸葛", "皇甫", "尉迟", "慕容", "司徒")
_TITLE_LIST: Final = """
    首席执行官 首席技术官 首席科学家 总工程师 工程师 副总经理 总经理 项目经理 经理 董事长 总裁 总监 主任 馆长
    局长 市长 省长 县长 镇长 教授 研究员 院士 博士 负责人 发言人 创始人 站长 校长 院长 所长 队长 船长 主席
    秘书长 书记 部长 科长 处长 馆员 店主 居民 乘客 读者 老师 先生 女士 记者 志愿者 设计师 修复师 摄影师 医生
    司机 总统 总理 首相 外长 村民 学者
    """
_TITLES: Final = "|".join(sorted(_TITLE_LIST.split(), key=len, reverse=True))
SAID: Final = r"(?:表示|坦言|回忆|强调|补充|写道|解释|告诉|透露|感慨|直言|提到|总结|介绍|指出|认为|称|说)"
_NAME: Final = rf"(?:{'|'.join(_DOUBLE)}|[{''.join(sorted(_SURNAMES))}])[\u4e00-\u9fff]{{1,2}}"
_TITLED: Final = re.compile(rf"(?:{_TITLES})(?P<name>{_NAME}?)(?={SAID}|在|对|向|和|与|则|也|曾|笑|[，、。：（“]|$)")
_SPEAKING: Final = re.compile(rf"(?:^|[，。、；])(?P<name>{_NAME}?)(?={SAID})")
_NOT_GIVEN: Final = frozenset("说称们的了是在和与对向也都曾将已就为表介指认也年月日")
_LONGEST_NAME: Final = 3

_ORGANIZATION_ENDS: Final = """
    公司 集团 大学 学院 研究院 研究所 研究中心 实验室 图书馆 博物馆 档案馆 美术馆 银行 医院 委员会 管理局 气象局
    海洋局 交通局 协会 学会 基金会 联盟 出版社 报社 电视台 通讯社 法院 检察院 交易所 事务所 设计院 中学 小学
    港务局 地铁集团 政府 国防部 外交部 财政部
    """
_ORGANIZATION: Final = re.compile(rf"(?:{'|'.join(sorted(_ORGANIZATION_ENDS.split(), key=len, reverse=True))})$")
_FIRM_WORDS: Final = (
    "科技|能源|电子|微电子|光电|半导体|封装|储能|航空|汽车|生物|网络|软件|重工|材料|动力|传媒|航运|物流|智能"
)
_FIRM: Final = re.compile(rf"(?:{_FIRM_WORDS})$")
_FIRM_DOES: Final = r"(?:的?(?:首席|总经理|董事长|创始人|总裁|CEO|CTO|工程师)|宣布|表示|发布|推出|称|计划|将|与|在|（)"
_NO_FIRM: Final = frozenset(
    ("中国", "美国", "日本", "韩国", "英国", "德国", "法国", "印度", "欧洲", "亚洲", "全球", "国际", "国家")
)
_PLACE: Final = re.compile(r"^[\u4e00-\u9fff]{1,4}(?:省|市|县|区|镇|村|岛|湾|河|江|湖|山|港|海峡|半岛|群岛|州)$")
_NO_PLACES: Final = """
    地区 城市 小区 社区 园区 山区 市区 县区 城区 老城区 灾区 全省 全市 全县 本市 我市 我省 小镇 乡镇 城镇 农村
    乡村 江河 河湖 海岛 景区 校区 厂区 库区 片区 郊区 新区 街区 港区 江 湖 山 开发区 高新区 示范区 保税区 工业区
    上市 超市 门市 股市 楼市 都市 入市 登山 火山 冰山 爬山 进口港 内陆港 该市 该县 该省 该镇 全国 九州 各省 各市
    各县 外省 上市 中资 外资 民营 国有 合资 商业 农商
    """
_KNOWN_LIST: Final = """
    中国 美国 日本 韩国 朝鲜 英国 法国 德国 俄罗斯 乌克兰 印度 巴西 加拿大 墨西哥 澳大利亚 新西兰 意大利 西班牙
    葡萄牙 荷兰 瑞士 瑞典 挪威 芬兰 丹麦 波兰 土耳其 伊朗 伊拉克 以色列 沙特阿拉伯 埃及 南非 尼日利亚 肯尼亚 缅甸
    泰国 越南 老挝 柬埔寨 马来西亚 新加坡 印度尼西亚 菲律宾 巴基斯坦 孟加拉国 阿富汗 蒙古 哈萨克斯坦 欧洲 亚洲
    非洲 北美 南美 北京 上海 天津 重庆 广州 深圳 杭州 南京 苏州 武汉 成都 西安 长沙 郑州 青岛 大连 厦门 宁波 合肥
    福州 济南 沈阳 哈尔滨 长春 昆明 贵阳 南宁 海口 兰州 西宁 银川 乌鲁木齐 拉萨 呼和浩特 石家庄 太原 南昌 无锡
    东莞 佛山 香港 澳门 台湾 台北 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东
    海南 四川 贵州 云南 陕西 甘肃 青海 内蒙古 广西 西藏 宁夏 新疆 东京 大阪 首尔 伦敦 巴黎 柏林 莫斯科 纽约 华盛顿
    旧金山 洛杉矶
    """
_KNOWN_PLACES: Final = frozenset(_KNOWN_LIST.split())
_TO_A_PLACE: Final = frozenset({"在", "于", "位于", "来自", "到", "从", "赴", "抵达", "前往", "飞往"})
_NO_PLACE: Final = frozenset(_NO_PLACES.split())
_JOINTS: Final = frozenset("的和与在是由对向从为被把将了及等该这本某我他家座个所到给让使用于并也而或")
_BROKEN: Final = re.compile(r"[^\u4e00-\u9fffA-Za-z0-9·]")
_MOST_PARTS: Final = 4


@dataclass(frozen=True, slots=True)
class ChineseName:
    """A name, where it starts, and its kind: `person`, `organization` or `place`."""

    name: str
    start: int
    kind: str


def find_chinese_names(text: str) -> list[ChineseName]:
    """The names of a text in order, every mention; a name inside a longer one is left out."""
    words = _placed(text)
    found = [*_organizations(words), *_firms(text, words), *_people(text, words), *_places(words)]
    kept: list[ChineseName] = []
    for name in found:
        if not any(_overlaps(name, other) for other in kept):
            kept.append(name)
    return sorted(kept, key=lambda name: name.start)


def find_people(text: str) -> list[ChineseName]:
    """The people of a text in order."""
    return [name for name in find_chinese_names(text) if name.kind == "person"]


def _placed(text: str) -> list[tuple[int, str]]:
    words: list[tuple[int, str]] = []
    at = 0
    for word in segment(text):
        words.append((at, word))
        at += len(word)
    return words


def _overlaps(one: ChineseName, other: ChineseName) -> bool:
    return one.start < other.start + len(other.name) and other.start < one.start + len(one.name)


def _people(text: str, words: list[tuple[int, str]]) -> Iterator[ChineseName]:
    for pattern in (_TITLED, _SPEAKING):
        for match in pattern.finditer(text):
            if _is_person_shaped(match.group("name")) and _is_no_word(match.group("name")):
                yield ChineseName(name=match.group("name"), start=match.start("name"), kind="person")
    for start, word in words:
        # The dictionary calls many everyday words of two characters a person ("祝福"); three are safe.
        is_listed = name_tag(word) == "nr" and len(word) == _LONGEST_NAME
        if _is_person_shaped(word) and (is_listed or not is_known(word)):
            yield ChineseName(name=word, start=start, kind="person")


def _is_person_shaped(word: str) -> bool:
    if _PLACE.match(word):
        return False
    is_double = word.startswith(_DOUBLE)
    given = word[2:] if is_double else word[1:]
    is_shaped = is_double or (word[:1] in _SURNAMES and len(word) <= _LONGEST_NAME)
    return is_shaped and bool(given) and not set(given) & _NOT_GIVEN


def _is_no_word(name: str) -> bool:
    """A run before "said" may be an everyday word that begins like a surname ("方面表示")."""
    return not is_known(name) or name_tag(name) == "nr"


def _organizations(words: list[tuple[int, str]]) -> Iterator[ChineseName]:
    """A known organization, or a proper name with up to three words up to a telling ending (江安 科技 公司)."""
    for last, (start, word) in enumerate(words):
        if name_tag(word) == "nt" and len(word) > _LONGEST_NAME:
            yield ChineseName(name=word, start=start, kind="organization")
        elif _ORGANIZATION.search(word):
            first = _with_torn_off(words, first=_first_part(words, last=last))
            name = "".join(part for _, part in words[first : last + 1])
            if first < last or (len(name) > 4 and name_tag(word) is not None):  # noqa: PLR2004 - 4: a bare kind of house
                yield ChineseName(name=name, start=words[first][0], kind="organization")


def _with_torn_off(words: list[tuple[int, str]], *, first: int) -> int:
    """One word further to the front where the dictionary's county 陵县 has torn 松 off 松陵县."""
    word, before = words[first][1], words[first - 1][1] if first else ""
    is_torn = len(word) == 2 and _PLACE.match(word) and len(before) == 1  # noqa: PLR2004 - one character and its ending
    return first - 1 if is_torn and not _BROKEN.search(before) and before not in STOPWORDS["zh"] | _JOINTS else first


def _firms(text: str, words: list[tuple[int, str]]) -> Iterator[ChineseName]:
    """A proper name and a trade (江安 科技) that acts or has officers; without those it may be any phrase."""
    for (start, name), (after, trade) in pairwise(words):
        is_firm = _FIRM.match(trade) is not None and re.match(_FIRM_DOES, text[after + len(trade) :]) is not None
        is_proper = (name_tag(name) or not is_known(name)) and name not in _NO_FIRM and len(name) > 1
        if is_firm and is_proper and not _BROKEN.search(name):
            yield ChineseName(name=name + trade, start=start, kind="organization")


def _first_part(words: list[tuple[int, str]], *, last: int) -> int:
    """Where the organization's name begins: at the nearest proper name before its ending, or at the ending itself."""
    for first in range(last - 1, max(-1, last - _MOST_PARTS), -1):
        word = words[first][1]
        if _BROKEN.search(word) or set(word) & _JOINTS or not (name_tag(word) or names_a_thing(word)):
            return last
        if word not in _NO_PLACE and (name_tag(word) or not is_known(word)):
            return first
    return last


def _places(words: list[tuple[int, str]]) -> Iterator[ChineseName]:
    """Names with a telling ending, well-known ones, and what the dictionary calls a place after "in" or "to"."""
    for at, (_, word) in enumerate(words):
        before = words[at - 1][1] if at else ""
        has_ending = _PLACE.match(word) is not None and (len(word) > 2 or name_tag(word) == "ns")  # noqa: PLR2004 - 个村
        is_reached = name_tag(word) == "ns" and before in _TO_A_PLACE
        if word not in _NO_PLACE and len(word) > 1 and (has_ending or is_reached or word in _KNOWN_PLACES):
            first = _with_torn_off(words, first=at)
            name = words[first][1] + word if first < at else word
            yield ChineseName(name=name, start=words[first][0], kind="place")
