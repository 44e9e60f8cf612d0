"""Made values for the slots of `personal_templates`: people, streets, numbers, and what is none.

Nothing here is real: names, streets and numbers come from Faker in many locales, the rest is drawn.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from typing import Any

from benchmarks.audit.personal_fillers import fillers

ENGLISH = ("en_US", "en_US", "en_GB", "en_AU", "en_CA", "en_IN", "en_IE", "en_NZ", "en_KE", "en_NG")
LATIN = (
    "de_DE", "de_AT", "fr_FR", "fr_CA", "es_ES", "es_MX", "es_AR", "it_IT", "pt_BR", "pt_PT",
    "nl_NL", "nl_BE", "da_DK", "sv_SE", "no_NO", "fi_FI", "pl_PL", "cs_CZ", "sk_SK", "hu_HU",
    "ro_RO", "hr_HR", "sl_SI", "tr_TR", "id_ID", "fil_PH", "et_EE", "lt_LT", "lv_LV", "is_IS",
    "ga_IE", "sq_AL", "az_AZ", "uz_UZ", "yo_NG", "ha_NG", "ig_NG", "zu_ZA", "sw", "tw_GH",
    "en_PK", "en_PH", "fr_DZ", "vi_VN", "es_CO", "es_CL", "mt_MT", "lb_LU",
)  # fmt: skip
ROMANISED = ("ja_JP", "zh_CN")
OTHER = ("ru_RU", "uk_UA", "el_GR", "bg_BG", "ar_SA", "he_IL", "hi_IN", "zh_CN", "ja_JP", "ko_KR")
WITHOUT_PHONES = {"en_PH", "fil_PH"}
PHONES = (
    *ENGLISH,
    *(x for x in LATIN if x not in WITHOUT_PHONES),
    "ru_RU",
    "uk_UA",
    "el_GR",
    "he_IL",
    "zh_CN",
    "ja_JP",
    "ko_KR",
    "zh_TW",
)
TITLES = ("Mr.", "Mrs.", "Ms.", "Dr.", "Mr", "Mrs", "Ms", "Dr", "Miss", "Prof.", "Professor", "Sir")
FORMS: tuple[tuple[int, str], ...] = (
    (60, "{one} {two}"), (5, "{one} {letter}. {two}"), (4, "{one} {given} {two}"),
    (3, "{one} {two}-{other}"), (3, "{initial}. {two}"), (6, "{title} {one} {two}"),
    (5, "{title} {two}"), (9, "{one}"), (2, "{two}"), (2, "{one} {capitals}"),
    (2, "{one} {particle} {two}"), (2, "{one} {two} {other}"), (1, "{one} {two} {suffix}"),
    (1, "{two}, {one}"),
)  # fmt: skip
"""How names are written, and how often of about a hundred."""
PARTICLES = ("de", "van", "von", "al-", "bin", "de la", "di", "Mc", "O’")
SUFFIXES = ("Jr.", "III", "PhD", "MD")


class Values:
    """Draws a value for each slot; the same seed draws the same."""

    def __init__(self, seed: int, held_out: bool) -> None:
        import faker

        self.chance = random.Random(seed)
        self.held_out = held_out
        self._fakers: dict[str, Any] = {}
        for name in {*ENGLISH, *LATIN, *ROMANISED, *OTHER, *PHONES}:
            self._fakers[name] = faker.Faker(name)
            self._fakers[name].seed_instance(f"{seed} {name}")
        self.slots: dict[str, Callable[[], str]] = {
            "name": self.name, "first": self.first, "last": self.last, "formal": self.formal,
            "address": self.address, "street": self.street, "streetaddress": self.house,
            "phone": self.phone, "letters": lambda: "-".join(self.last().upper()),
        } | fillers(self.chance, self._fakers, self._english)  # fmt: skip

    def _english(self) -> Any:
        return self._fakers[self.chance.choice(ENGLISH)]

    def _any(self, english: float = 0.45) -> Any:
        locales = ENGLISH if self.chance.random() < english else LATIN
        return self._fakers[self.chance.choice(locales)]

    def _kept(self, draw: Callable[[], str]) -> str:
        """Words of names are split by their letters, so that held-out names are new."""
        for _ in range(60):
            value = draw()
            mine = sum(map(ord, value.lower())) % 7 == 0
            if mine == self.held_out:
                return value
        return value

    def first(self) -> str:
        """A given name."""
        if self.chance.random() < 0.02:
            return str(self._fakers[self.chance.choice(OTHER)].first_name())
        return self._kept(lambda: str(self._any().first_name()))

    def last(self) -> str:
        """A surname."""
        return self._kept(lambda: str(self._any().last_name()))

    def name(self) -> str:
        """A person, as names are written."""
        one, two = self._couple()
        weights, forms = zip(*FORMS, strict=True)
        return str(self.chance.choices(forms, weights)[0]).format(
            one=one,
            two=two,
            initial=one[0],
            capitals=two.upper(),
            given=self.first(),
            other=self.last(),
            letter=self.chance.choice(string.ascii_uppercase),
            title=self.chance.choice(TITLES),
            particle=self.chance.choice(PARTICLES),
            suffix=self.chance.choice(SUFFIXES),
        )

    def _couple(self) -> tuple[str, str]:
        c = self.chance
        if c.random() < 0.04:
            romanised = self._fakers[c.choice(ROMANISED)].romanized_name().split()
            if len(romanised) == 2:
                return romanised[0], romanised[1]
        if c.random() < 0.02:
            other = self._fakers[c.choice(OTHER)]
            return other.first_name(), other.last_name()
        if c.random() < 0.3:
            return self.first(), self.last()
        locale = self._any()
        one = self._kept(lambda: str(locale.first_name()))
        return one, self._kept(lambda: str(locale.last_name()))

    def formal(self) -> str:
        """A surname after a title."""
        return f"{self.chance.choice(TITLES)} {self.last()}"

    def house(self) -> str:
        """A house number and a street, in the order of the country."""
        return str(self._any(0.6).street_address()).replace("\n", ", ")

    def street(self) -> str:
        """A street without a number."""
        return str(self._any(0.7).street_name())

    def address(self) -> str:
        """A house with or without its town and postcode."""
        c = self.chance
        f = self._any(0.6)
        if c.random() < 0.45:
            return str(f.street_address()).replace("\n", c.choice([", ", " "]))
        if c.random() < 0.7:
            return str(f.address()).replace("\n", c.choice([", ", ", ", " ", "\n"]))
        return f"{f.street_address()}, {f.city()}".replace("\n", ", ")

    def phone(self) -> str:
        """A telephone number of any country, as it is written there."""
        return str(self._fakers[self.chance.choice(PHONES)].phone_number())
