"""Words in a decline's free text that it must not be about: noticed gently, never refused.

A reason may not be nationality or religion (domain §4). Words alone cannot tell what somebody means, so a caseworker is
asked to look once more, and decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from contracts.distribution.v1 import PersonState
from gateway.language import LANGUAGES

FEWEST_LETTERS = 4
NORWAY = "NO"
# Languages are left out: that there is no interpreter is a reason.
STEMS = (
    # nationality and origin
    "nasjonalitet", "statsborger", "etnis", "hudfarge", "opprinnelsesland", "landbakgrunn", "utlending", "afghaner",
    "afghansk", "afgansk", "eritreer", "eritreisk", "etioper", "etiopisk", "iransk", "iraner", "irakisk", "iraker",
    "kurder", "kongoles", "palestin", "russer", "somalier", "sudaner", "sudansk", "sudanes", "syrer", "syrisk",
    "tyrker", "ukrainer", "araber",
    # in nynorsk and English, where it is another word; not "somali" or "turkish", which are languages
    "statsborgar", "opphavsland", "afghanar", "eritrear", "eritrean", "etiopar", "ethiopian", "ethnic", "irakar",
    "iraqi", "iranian", "kurdar", "palestinar", "somaliar", "syrar", "syrian", "tyrkar", "ukrainar", "arabar",
    "nationalit", "citizen", "country of origin", "skin colo",
    # religion
    "religi", "muslim", "islam", "kristen", "kristn", "katolik", "katolsk", "ortodoks", "jøde", "jødisk", "hindu",
    "buddhis", "ateis", "atheis", "hijab", "trosretning", "truretning", "livssyn", "christian", "catholic", "orthodox",
    "jewish",
)  # fmt: skip


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    countries = {
        name
        for language in LANGUAGES.values()
        for code, name in language.locale.territories.items()
        if code.isalpha() and code != NORWAY and len(name) >= FEWEST_LETTERS and " " not in name
    }
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, [*STEMS, *sorted(countries)]))})\w*", re.IGNORECASE)


def questionable(text: str) -> bool:
    """Tell whether a text has a word of nationality or religion."""
    return bool(_pattern().search(text))


def to_look_at(persons: Iterable[PersonState]) -> list[int]:
    """Give the running numbers of those whose decline is explained with such a word."""
    return [
        one.running_number
        for one in persons
        if not one.decision.accept and one.decision.reason_text and questionable(one.decision.reason_text)
    ]
