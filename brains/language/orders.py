"""Orders in a text that are addressed to a machine reading along, and what leans on them.

A digest repeats sentences word for word, so an injected instruction would be printed in it. It obeys none; these
patterns see to it that it prints none either. They err on the side of dropping a sentence too many.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

_MODEL: Final = r"(?:AI|A\.I\.|LLM|chatbot|language\s+model|summari[sz]er|crawler|ChatGPT|GPT|Claude|Gemini)s?"
_MACHINE: Final = rf"(?:{_MODEL}|agents?|assistants?|bots?)"
_PEOPLE: Final = (
    r"(?!\s+(?:researcher|company|engineer|developer|startup|team|lab|user|expert|enthusiast|firm|vendor)s?)"
)
_PAST: Final = r"(?:previous|prior|above|earlier|preceding|your)"
_ORDERS_TO_IT: Final = (
    r"(?:ignore|disregard|publish|include|insert|output|say|write|add|mention|respond|reply|praise|recommend|not|never|always|obey"
    r"|follow|append|link)"
)
_ENGLISH: Final = (
    (
        r"(?<![A-Za-z])(?:ignore|disregard|forget|override|bypass)\s+(?:\w+\s+){0,3}?"
        rf"(?:{_PAST}\s+(?:\w+\s+){{0,2}}?(?:text|message|command|task|context)"
        rf"|(?:{_PAST}|existing|other|these|system)\s+(?:\w+\s+){{0,2}}?(?:instruction|prompt|direction|rule|guideline))s?\b"
    ),
    r"(?<![A-Za-z])(?:ignore|disregard|forget)\s+(?:everything|anything|all)\s+(?:above|before|you|else|prior|previous)",
    (
        r"(?<!if\s)(?<!when\s)(?<![A-Za-z])you(?:\s+are|'re|’re)\s+(?:now\s+)?(?:an?\s+|the\s+)?(?:\w+\s+){0,2}?"
        rf"{_MACHINE}\b{_PEOPLE}"
    ),
    (
        r"(?:^\W{0,9}(?:please\s+)?|\byou\s+(?:\w+\s+){0,2}?)(?:act\s+as|pretend\s+to\s+be)\s+(?:an?\s+)?(?:\w+\s+){0,2}?"
        rf"{_MACHINE}\b"
    ),
    r"^\W{0,9}you\s+are\s+now\s+(?:an?|the)\b",
    rf"(?<![A-Za-z])as\s+an?\s+{_MODEL}\s+(?:(?:language\s+)?model\s+|assistant\s+)?you\b",
    r"(?<![A-Za-z])you\s+are\s+now\s+(?:DAN|in\s+developer\s+mode|free\s+from|unrestricted|acting\s+as|operating\s+as)\b",
    r"(?<![A-Za-z])from\s+now\s+on,?\s+you\b",
    r"^\W{0,9}(?:system|assistant|developer)\s*(?:prompt|message|note|override|instruction)s?\s*[:>\]]",
    (
        r"^\W{0,9}(?:system|assistant|developer)\s*[:>\]]\s*(?:you|ignore|disregard|forget|publish|please|from\s+now|new|override"
        r"|do\s+not|never|always|the\s+following|this\s+is)\b"
    ),
    r"[<‹]\|?(?:im_start|im_end|system|endoftext)\|?[>›]|[\[(]/?(?:INST|SYS)[\])]|<</?SYS>>",
    (
        r"(?<![A-Za-z])(?:note|message|attention|notice|reminder)\b.{0,20}\b(?:to|for)\s+(?:any\s+|all\s+|the\s+|every\s+)?"
        rf"(?:automated\s+|automatic\s+)?{_MODEL}\b{_PEOPLE}"
    ),
    (
        rf"(?<![A-Za-z]){_MACHINE}\s+(?:(?:assistant|model|agent|system|reader|writer|bot)s?\s+)?"
        r"(?:reading|processing|summari[sz]ing)\s+th(?:is|ese)\b"
    ),
    (
        rf"^\W{{0,9}}(?:(?:all|any|dear|hey|attention)\W\s*)?{_MODEL}\s+"
        rf"(?:(?:assistant|model|agent|system|reader|writer|bot)s?\s+)?(?:must|should|shall)\s+{_ORDERS_TO_IT}\b"
    ),
    r"(?<![A-Za-z])(?:new|updated|secret|hidden|real)\s+instructions?\s*:",
    rf"(?<![A-Za-z])instructions?\s+(?:to|for)\s+(?:any\s+|all\s+|the\s+|every\s+){_MODEL}\b{_PEOPLE}",
    (
        r"(?<![A-Za-z])(?:reveal|print|output|repeat|leak|show)\s+(?:me\s+)?your\s+(?:\w+\s+){0,2}"
        r"(?:prompt|instructions|api\s+keys?|credentials|passwords?)\b"
    ),
    (
        r"(?<![A-Za-z])(?:do\s+not|don't|don’t|never)\s+(?:tell|mention|reveal|inform|disclose)\b.{0,60}"
        r"(?<![A-Za-z])(?:this\s+(?:note|message|prompt|instruction|text)|these\s+instructions)\b"
    ),
    (
        r"(?:^\W{0,9}|\b(?:and|then|also|must|please)\s+)(?:publish|insert|include|append|embed|add|post)\s+"
        r"(?:a|the|this|following|only)\s+(?:\w+\s+){0,3}?(?:link|url|hyperlink)\b"
    ),
    (
        r"(?<![A-Za-z])(?:include|add|mention|say|write|put|insert|begin|end|append|state)\b.{0,60}?\b(?:in|of|to|into)\s+your\s+"
        r"(?:summary|answer|response|output|reply|post|digest|article)\b"
    ),
    r"^\W{0,9}(?:respond|reply|answer)\s+(?:only\s+)?with\b",
)
_CHINESE: Final = (
    r"(?:忽略|无视|忘记|忘掉|不要理会|抛开|無視|忘記).{0,12}(?:指令|指示|提示词?|要求|规则|内容|命令|設定|设定)",
    r"(?:你现在是|你是一个|你将扮演|请扮演|作为一[个名]).{0,12}(?:AI|人工智能|语言模型|助手|模型|机器人)",
    r"(?:系统|系統)(?:提示词?|指令)\s*[:：]",
    r"^\W{0,9}(?:系统|系統|助手|用户)(?:消息)?\s*[:：]",
    r"(?:致|给|告知|提醒)(?:所有|任何|各位)?(?:AI|人工智能|大模型|语言模型|智能助手|摘要程序)",
    r"(?:请|必须|务必|应)(?:在|于)?.{0,12}(?:摘要|回答|回复|输出|文章|帖子)(?:中|里|末尾|结尾).{0,12}(?:加入|添加|插入|附上|写上|包含|发布)",
)
_EUROPEAN: Final = (
    (
        r"\b(?:ignoriere?|vergiss|missachte)n?\s+(?:\w+\s+){0,3}?(?:vorherigen|bisherigen|obigen|früheren|deine)\w*\s+"
        r"(?:Anweisung|Instruktion|Regel|Befehl|Vorgabe)\w*"
    ),
    r"\b(?:ignorez|oubliez|oublie|ignore)\s+(?:\w+\s+){0,3}?(?:instructions|consignes)\b",
    r"\b(?:ignora|olvida|ignorar)\s+(?:\w+\s+){0,3}?(?:instrucciones|istruzioni|instruções)\b",
)
KEPT_ANSWERS: Final = 4096
"""Sentences whose answer is kept: each is looked at again in every step of its item, and as a memory of others."""

_ORDER: Final = re.compile("|".join(_ENGLISH + _CHINESE + _EUROPEAN), re.IGNORECASE)

_VERBS: Final = """
    publish post write say tell add include output respond reply answer visit click send always never begin start
    end insert mention repeat translate forget disregard ignore reveal print praise recommend state claim use link
    embed append replace set follow obey execute run call treat describe rate mark approve return summarize
    summarise generate create make buy download open go let remember pretend stop skip
    """
_LEADING: Final = (
    r"(?:(?:instead|then|also|now|finally|next|first|and|please|just|simply|only|immediately)\b,?\s*){0,3}"
)
_LEANING: Final = (
    rf"^\W{{0,9}}{_LEADING}(?:do\s+not|don't|{'|'.join(_VERBS.split())})\b",
    r"\byou(?:r|rs|rself)?\b",
    rf"\b(?:{_MACHINE}|prompt|instructions?)\b",
    r"https?://|\b[\w-]{1,40}\.example\b",
    r"^\W{0,9}(?:请|務必|务必|必须|不要|切勿|立即|然后|并且|接着|改为|转而|直接)",
    r"[你您]|链接|指令|提示词|摘要",
    r"^\W{0,9}(?:veröffentliche|schreibe|antworte|sage|füge|verlinke|besuche|nenne|gib)\b",
)
_LEANS: Final = re.compile("|".join(_LEANING), re.IGNORECASE)


@lru_cache(maxsize=KEPT_ANSWERS)
def is_order_to_machine(text: str) -> bool:
    """Whether the text speaks to a program that reads it: "ignore previous instructions", "system:", and the like."""
    return _ORDER.search(text) is not None


def without_orders(sentences: Sequence[str]) -> list[bool]:
    """For the sentences of one block: True for those to keep.

    An order to a machine goes, and with it what leans on it: the run of neighbours that are imperative, speak to a
    "you", or carry an address. A block without such an order is kept whole.
    """
    keep = [not is_order_to_machine(sentence) for sentence in sentences]
    for order in [at for at, kept in enumerate(keep) if not kept]:
        for step in (1, -1):
            at = order + step
            while 0 <= at < len(sentences) and _LEANS.search(sentences[at]):
                keep[at] = False
                at += step
    return keep
