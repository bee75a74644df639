"""Chinese names of a sentence that a check may insist on."""

import re

from brains.language.chinese_names import find_chinese_names

_WORK = re.compile(r"《([^《》]{1,40})》")
_SHORTEST = 2


def chinese_names(sentence: str) -> list[str]:
    """People, organizations, places and titled works, each once."""
    found = [name.name for name in find_chinese_names(sentence)]
    works = [match[1] for match in _WORK.finditer(sentence)]
    return [name for name in dict.fromkeys((*found, *works)) if len(name) >= _SHORTEST]
