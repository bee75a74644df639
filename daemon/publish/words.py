"""The few words a post's frame needs, per language; what is not here is said in English."""

from dataclasses import dataclass

from daemon.core.clock import iso


@dataclass(frozen=True, slots=True)
class Words:
    """The words around a post. `claims` has room for a count; `colon` stands between a word and what it names."""

    colon: str
    source: str
    digest: str
    """The label of a post that no language model wrote."""
    evidence: str
    claims: str
    author: str
    models: str
    cost: str
    unknown_cost: str
    posts: str
    no_posts: str
    untitled: str


_ENGLISH = Words(
    colon=": ",
    source="Source",
    digest="Digest made automatically, without a language model",
    evidence="Evidence",
    claims="{count} checked against the source",
    author="Author",
    models="Written with",
    cost="Cost",
    unknown_cost="unknown",
    posts="Posts",
    no_posts="Nothing is published yet.",
    untitled="Untitled",
)

_WORDS = {
    "en": _ENGLISH,
    "zh": Words(
        colon="：",
        source="来源",
        digest="自动生成的摘要，未使用语言模型",
        evidence="依据",
        claims="{count} 处已与原文核对",
        author="原文作者",
        models="撰写模型",
        cost="费用",
        unknown_cost="未知",
        posts="文章",
        no_posts="尚无已发布的文章。",
        untitled="无标题",
    ),
    "de": Words(
        colon=": ",
        source="Quelle",
        digest="Automatisch erstellte Zusammenfassung, ohne Sprachmodell",
        evidence="Belege",
        claims="{count} an der Quelle geprüft",
        author="Autor",
        models="Geschrieben mit",
        cost="Kosten",
        unknown_cost="unbekannt",
        posts="Beiträge",
        no_posts="Noch ist nichts veröffentlicht.",
        untitled="Ohne Titel",
    ),
    "fr": Words(
        colon="\u00a0: ",
        source="Source",
        digest="Résumé établi automatiquement, sans modèle de langue",
        evidence="Preuves",
        claims="{count} vérifiées à la source",
        author="Auteur",
        models="Rédigé avec",
        cost="Coût",
        unknown_cost="inconnu",
        posts="Articles",
        no_posts="Rien n’est encore publié.",
        untitled="Sans titre",
    ),
    "es": Words(
        colon=": ",
        source="Fuente",
        digest="Resumen hecho automáticamente, sin modelo de lenguaje",
        evidence="Pruebas",
        claims="{count} comprobadas en la fuente",
        author="Autor",
        models="Escrito con",
        cost="Coste",
        unknown_cost="desconocido",
        posts="Artículos",
        no_posts="Aún no hay nada publicado.",
        untitled="Sin título",
    ),
    "ja": Words(
        colon="：",
        source="出典",
        digest="自動生成の要約（言語モデル不使用）",
        evidence="根拠",
        claims="{count}件を原文と照合済み",
        author="原文の著者",
        models="執筆モデル",
        cost="費用",
        unknown_cost="不明",
        posts="記事",
        no_posts="公開された記事はまだありません。",
        untitled="無題",
    ),
}

_ENGLISH_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def words_for(language: str) -> Words:
    """The words for a language tag such as `en`, `zh-CN` or `und`."""
    return _WORDS.get(language.split("-", maxsplit=1)[0].lower(), _ENGLISH)


def day_for(language: str, at: float) -> str:
    """The UTC day of epoch seconds as a reader of that language writes it; ISO where we do not know."""
    year, month, day = (iso(at) or "")[:10].split("-")
    match language.split("-", maxsplit=1)[0].lower():
        case "en":
            return f"{int(day)} {_ENGLISH_MONTHS[int(month) - 1]} {year}"
        case "zh" | "ja":
            return f"{year}年{int(month)}月{int(day)}日"
    return f"{year}-{month}-{day}"
