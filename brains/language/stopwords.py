"""Words that carry grammar rather than meaning, by language; also the base of the language guess."""

from typing import Final

_LISTS: Final = {
    "en": """a about above after again against all also am an and any are as at be because been before being below
        between both but by can could did do does doing down during each even ever every few for from further get
        gets got had has have having he her here hers herself him himself his how i if in into is it its itself just
        let like made make makes many may me might more most much must my myself new no nor not now of off on once
        one only or other our ours ourselves out over own per put same say says said see she should since so some
        still such take than that the their theirs them themselves then there these they this those though through
        to too two under until up upon us use used using very via was way we well went were what when where whether
        which while who whom whose why will with within without would yet you your yours yourself it's don't doesn't
        didn't can't won't isn't aren't wasn't i'm i've i'd i'll we're we've we'll you're you've you'll they're
        that's there's what's let's already another around away back because come first going good last long lot
        next old really right second thing things three time times today want year years""",
    "de": """aber alle allem allen aller alles als also am an andere anderem anderen anderer anderes ans auch auf aus
        außerdem bei beim bereits bin bis bisher bist da dabei dadurch dafür dagegen damit danach daran darauf
        daraus darf das dass davon dazu dein dem den denn der deren des dessen die dies diese diesem diesen
        dieser dieses doch dort du durch ein eine einem einen einer eines einige er erst es etwa etwas euch für
        gegen gibt habe haben hat hatte hatten hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im
        immer in ins ist ja jede jedem jeden jeder jedes jedoch jetzt kann kein keine keinem keinen keiner
        können könnte laut mal man mehr mein meine mich mir mit muss müssen nach neue neuen neuer neues nicht
        nichts noch nun nur ob oder ohne rund schon sehr sei sein seine seinem seinen seiner seit selbst sich
        sie sind so solche soll sollen sollte sondern sonst sowie über um und uns unser unter viel viele vom von
        vor war waren warum was weil weiter weitere wenn wer werden wie wieder will wir wird wo wurde wurden
        während zu zum zur zwar zwei zwischen""",
    "fr": """à afin ai alors après au aucun aujourd'hui aussi autre autres aux avant avec avoir c'est ce cela ces cet
        cette ceux chaque comme comment d'un d'une dans de depuis des deux dont du elle elles en encore entre
        est et été être eu faire fait fois font il ils j'ai je jour la là le les leur leurs lors lui mais même
        mes moins mon ne non nos notre nous on ont ou où par pas pendant peu peut plus pour pourquoi qu'il
        qu'elle quand que quel quelle qui sa sans se selon sera ses si son sont sous sur ta tous tout toute
        toutes très tu un une vers vos votre vous y""",
    "es": """a al algo algunos ante antes así aunque bien cada como con contra cual cuando de del desde donde dos
        durante e el ella ellas ellos en entre era es esa ese eso esta estaba estado están estas este esto estos
        fue fueron ha había han hasta hay la las le les lo los más me mi mientras muy nada ni no nos o os otra
        otro otros para pero poco por porque puede que qué quien se según ser será si sí sido sin sobre son su
        sus también tan tanto te tiene tienen todo todos tras tu un una uno unos y ya yo""",
    "it": """a ad agli ai al alla alle allo anche ancora avere aveva c'è che chi ci come con contro cui da dagli dai
        dal dalla dalle degli dei del della delle dello di dopo dove due e è ed era essere fa fra gli ha hanno i
        il in io la le lei lo loro lui ma mentre mi mia mio molto ne negli nei nel nella nelle non nostro o ogni
        ora per perché però più poi prima può qual quale quando quanto quella quelle quello questa queste questo
        se sempre senza si sia sono sopra sta stata stato su sua sue sugli sul sulla sulle suo suoi tra tutti
        tutto un una uno vi""",
    "pt": """a à ainda ao aos as às até cada com como contra da das de dela dele depois desde do dois dos e é ela
        elas ele eles em entre era essa esse esta está este eu foi foram há isso isto já lhe mais mas me mesmo
        meu minha muito na nas não nem no nos nós num numa o onde os ou para pela pelas pelo pelos por porque
        quando que quem se sem ser será seu seus só sobre sua suas também tem têm tudo um uma você""",
    "nl": """aan al alle als altijd ben bij daar dan dat de der deze die dit doch doen door dus een en er ge geen had
        heb hebben heeft hem het hier hij hoe hun ik in is ja je kan kon kunnen maar me meer men met mij mijn
        moet na naar niet nog nu of om omdat ons ook op over reeds te tegen toch toen tot u uit uw van veel voor
        want waren was wat werd wezen wie wij wil worden wordt zal ze zei zelf zich zij zijn zo zonder zou""",
    "sv": """alla allt att av blev bli den denna deras dess det detta dig din du där eller en er ett från för ha hade
        han hans har hon hur här i icke inom inte ja jag kan man med mellan men mig min mot mycket ni nu när
        någon några och om oss på så sig sin sitta själv skulle som till under upp ut utan vad var vara vi vid
        vilken än är över""",
    "pl": """a ale bez bo być był była było były ci co czy dla do gdy go i ich ile im ja jak jako jego jej jest
        jeszcze już każdy kiedy kto która które który ma mi mnie może na nad nie nich niż o od oraz po pod przed
        przez przy są się tak także tam te tego tej ten też to tu tych tylko w we więc wszystko z za ze że""",
    "zh": """的 了 和 是 在 就 都 而 及 与 或 等 着 也 很 到 说 要 去 会 对 为 以 于 之 从 被 把 让 向 将 并 但 又 还
        更 最 不 没 没有 我 你 他 她 它 我们 你们 他们 她们 它们 自己 这 那 这个 那个 这些 那些 这样 那样 这里
        那里 其 其中 此 该 某 各 每 有 无 上 下 中 里 内 外 前 后 时 年 月 日 个 种 次 名 位 家 项 条 件 一 二
        三 一个 一种 一些 两 可以 可能 能 能够 应 应该 需要 已 已经 正 正在 因为 所以 如果 虽然 但是 不过 而且
        并且 以及 或者 然后 通过 根据 按照 关于 对于 由于 为了 作为 随着 表示 认为 介绍 称 指出 目前 今年 去年
        明年 今天 昨天 进行 实现 成为 来自 其他 同时 之后 之前 以来 左右 超过 达到 约 近 多 第一 什么 怎么 如何
        非常 就是 不是 还是 只有 只是 这一 那么 因此 此外 另外 其实 所有 部分 方面 问题 情况 时候 现在 记者""",
}

STOPWORDS: Final[dict[str, frozenset[str]]] = {name: frozenset(words.split()) for name, words in _LISTS.items()}


def is_stopword(word: str, *, language: str) -> bool:
    """Whether the word (in any case) carries no meaning of its own in that language."""
    return word.casefold().replace("’", "'") in STOPWORDS.get(language, STOPWORDS["en"])
