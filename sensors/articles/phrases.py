"""What pages say, in several languages, when something else stands where the article should be."""

import re
from typing import Final

_THING: Final = r"(?:page|article|story|post|file|content|document|url|link)"


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


PAYWALL: Final = _any(
    r"subscribe (?:now )?to (?:continue|keep|read|unlock)",
    r"(?:sign up|register|create (?:a|your) (?:free )?account) to (?:continue|keep) reading",
    r"to (?:continue|keep) reading,? (?:this|please|subscribe|become|start|sign)",
    rf"{_THING} is (?:only )?(?:for|available (?:only )?to|reserved for) (?:our |paid |paying )*(?:member|subscriber)s",
    r"(?:for|to) (?:paid|paying) (?:subscribers|members)",
    r"(?:subscriber|member)s?[- ]only (?:story|article|content|post)",
    r"already (?:a|an) (?:subscriber|member)\?",
    r"unlock (?:this|the (?:full|rest)|the whole)",
    r"become a (?:paid )?(?:member|subscriber) to (?:read|continue|unlock)",
    r"keep reading with a (?:\d+-day )?(?:free )?trial",
    r"(?:free|remaining) articles? (?:left|remaining|this month)",
    r"(?:nur|exklusiv) für (?:abonnent|mitglieder)",
    r"(?:weiterlesen|lesen sie weiter|artikel lesen) mit (?:\S+ ){0,3}(?:abo|plus|\+|\S+\+)",
    r"jetzt (?:abo(?:nnieren)?|testen|freischalten) und (?:weiter|alle)",
    r"artikel (?:jetzt )?freischalten",
    r"(?:dieser|diesen) (?:artikel|text|beitrag) (?:ist kostenpflichtig|ist abonnent|gehört zu unserem)",
    r"réservé(?:e)?s? (?:aux|à nos) abonné",
    r"il vous reste .{1,20} (?:de cet article|à lire)",
    r"(?:abonnez-vous|s['’]abonner) pour (?:lire|continuer|accéder)",
    r"(?:contenido|artículo) (?:exclusivo )?(?:solo )?para suscriptores",
    r"suscríb(?:ete|ase) para (?:seguir|continuar|leer)",
    r"(?:conteúdo )?exclusivo para assinantes",
    r"assine para (?:ler|continuar)",
    r"riservat[oa] agli abbonati",
    r"abbonati per (?:continuare|leggere)",
    r"(?:alleen|exclusief) voor (?:abonnees|leden)",
    r"(?:本文|全文|此文章|以下内容|余下内容)(?:为|是|需|仅)?.{0,6}(?:付费|订阅|会员)",
    r"(?:订阅|付费|购买|开通会员|成为会员)(?:后|即可|以)?(?:继续)?(?:阅读|查看)(?:全文|更多|本文)",
    r"(?:会员|訂戶|订户|付费用户)(?:专享|專享|专属|可读)",
    r"(?:有料)?会員(?:限定|登録)",
    r"続きを(?:読む|お読みになる|ご覧になる)には",
    r"구독자 전용|유료 회원",
)
CONSENT: Final = _any(
    r"before you continue",
    r"we (?:value|respect|care about) your privacy",
    r"(?:we|us) and our (?:\d+ )?partners",
    r"accept all(?: cookies)?\b",
    r"reject all",
    r"cookie (?:settings|preferences|consent)",
    r"manage (?:cookies|options|preferences)",
    r"wir und unsere (?:\d+ )?partner",
    r"alle (?:cookies )?akzeptieren",
    r"zustimmen und weiter",
    r"mit werbung (?:weiter|nutzen|lesen)",
    r"einwilligung",
    r"cookie-einstellungen",
    r"nous et nos (?:\d+ )?partenaires",
    r"tout accepter",
    r"continuer sans accepter",
    r"aceptar (?:todo|todas|y continuar)",
    r"aceitar (?:todos|tudo)",
    r"accetta (?:tutti|e continua)",
    r"alles accepteren",
    r"同意并继续|接受所有\s?cookie|我们使用\s?cookie",
    r"すべて(?:の\s?cookie\s?を)?(?:許可|受け入れ)|同意して続ける",
)
LOGIN: Final = _any(
    r"(?:log|sign) ?in to (?:continue|view|read|see|access|your)",
    r"please (?:log|sign) ?in",
    r"you (?:must|need to) (?:be logged|log|sign) ?in",
    r"forgot(?:ten)? (?:your )?password",
    r"remember me",
    r"create an? (?:new )?account",
    r"(?:melden sie sich|melde dich) (?:bitte )?an|anmelden, um|passwort vergessen",
    r"connectez-vous|mot de passe oublié",
    r"inici(?:a|e) sesión|contraseña|accedi per|faça login",
    r"请(?:先)?登录|登录后(?:才能|可以|即可)?(?:查看|阅读|继续)|忘记密码",
    r"ログインして|パスワードを忘れ",
)
MISSING: Final = _any(
    r"\b(?:error )?40[34]\b|\b410\b",
    rf"{_THING} (?:was |is |could |can )?(?:not|no longer) (?:be )?(?:found|available|exists?|there)",
    r"\bnot found\b",
    rf"{_THING} (?:does not|doesn['’]t) exist",
    rf"{_THING} (?:has been|was) (?:removed|deleted|moved)",
    r"nothing (?:was )?found|no (?:page|results) found",
    r"(?:seite|artikel|beitrag) (?:wurde )?(?:leider )?nicht (?:gefunden|vorhanden|verfügbar)|nicht mehr verfügbar",
    r"(?:page|article) (?:est )?introuvable|n['’]existe (?:pas|plus)",
    r"página no encontrada|no (?:existe|se encuentra)|página não encontrada|pagina (?:non|niet) (?:trovata|gevonden)",
    r"(?:页面|頁面|文章|内容|网页|您访问的页面).{0,6}(?:不存在|未找到|找不到|已(?:被)?删除|已下线)",
    r"ページが(?:見つかりません|存在しません)",
)
