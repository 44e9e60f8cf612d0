"""Keys, tokens and passwords: by the forms their issuers publish, or by a name and a value."""

from __future__ import annotations

import math
from collections import Counter

import polars as pl

from rungwise.data.personal.kind import Kind, Pattern

ISSUED = (
    r"(?:AKIA|ASIA|AIDA|AROA|AGPA|ANPA|ANVA|AIPA)[A-Z0-9]{16}\b",  # AWS
    r"gh[pousr]_[0-9A-Za-z]{36,251}",  # GitHub
    r"github_pat_[0-9A-Za-z_]{22,251}",  # GitHub, fine-grained
    r"glpat-[0-9A-Za-z_-]{20,}",  # GitLab
    r"xox[abeoprs]-[0-9A-Za-z-]{10,}",  # Slack
    r"AIza[0-9A-Za-z_-]{35}",  # Google
    r"[rsp]k_(?:live|test)_[0-9A-Za-z]{16,}",  # Stripe
    r"sk-[0-9A-Za-z_-]{32,}",  # OpenAI, Anthropic
    r"hf_[0-9A-Za-z]{30,}",  # Hugging Face
    r"npm_[0-9A-Za-z]{36}",  # npm
    r"pypi-[0-9A-Za-z_-]{50,}",  # Python packages
    r"SG\.[0-9A-Za-z_-]{16,}\.[0-9A-Za-z_-]{16,}",  # SendGrid
    r"eyJ[0-9A-Za-z_-]{6,}\.eyJ[0-9A-Za-z_-]{6,}\.[0-9A-Za-z_-]*",  # JSON Web Token, RFC 7519
)
WEBHOOK = r"https://hooks\.slack\.com/[0-9A-Za-z/_-]+"
BLOCK = (
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----"
    r"[^-]*(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----)?"
)
IN_ADDRESS = r"[a-z][a-z0-9+.-]*://[^\s:@/]+:"
"""`https://user:password@host`."""
NAMED = (
    r"(?i:(?:api|access|secret|private|account|encryption|client|auth)[ _-]?(?:key|token|secret)"
    r"|password|passwd|passwort|kennwort|zugangscode|mot de passe|contraseña|senha"
    r"|parola d['’]ordine|wachtwoord|hasło|lösenord|adgangskode|heslo|şifre|пароль|pwd|secret"
    r"|token|credentials?|bearer)"
)
SAYS = r"\b(?:is|ist|lautet|est|es|è|é|to|jest|är|er)\b:?"
LEAST_ENTROPY = 3.0
"""Bits a character: prose of 16 letters or fewer repeats its letters, random base 64 hardly."""
LEAST_LENGTH = 8


def _proved(matches: pl.DataFrame) -> pl.DataFrame:
    """What an issuer's form proves stands; a value after a name must look drawn at random."""
    issued = matches["value"].str.contains("^(?:" + "|".join((*ISSUED, WEBHOOK, BLOCK)) + ")")
    random = pl.Series([_random(value) for value in matches["value"]], dtype=pl.Boolean)
    in_address = matches["before"].str.contains(f"{IN_ADDRESS}$") & matches[
        "after"
    ].str.starts_with("@")
    return matches.filter(issued | random | in_address)


def _random(value: str) -> bool:
    if len(value) < LEAST_LENGTH or not any(sign.isdigit() for sign in value):
        return False
    if not any(sign.isalpha() for sign in value) or value.startswith(("http", "<", "${")):
        return False
    counts = Counter(value).values()
    entropy = -sum(n / len(value) * math.log2(n / len(value)) for n in counts)
    # The most that so short a value can have is the logarithm of its length.
    return entropy >= min(LEAST_ENTROPY, 0.8 * math.log2(len(value)))


KIND = Kind(
    rank=0,
    hint=(
        r"(?i)key|token|secret|passw|pwd|bearer|credential|kennwort|zugangscode|passe|contraseña|senha"
        r"|parola|wachtwoord|hasło|lösenord|adgangskode|heslo|şifre|пароль"
        r"|AKIA|ASIA|AIDA|AROA|AGPA|ANPA|ANVA|AIPA|gh[pousr]_|github_pat|glpat-|xox|AIza|k_live_"
        r"|k_test_|sk-|hf_|npm_|pypi-|SG\.|eyJ|hooks\.slack|://[^ /]+:"
    ),
    patterns=(
        Pattern("(?:" + "|".join(ISSUED) + ")", r"(?:^|[^0-9A-Za-z_])"),
        Pattern(WEBHOOK),
        Pattern(BLOCK),
        Pattern(
            r"""[^\s"',;<>]{7,}[^\s"',;<>.!?)\]}]""",
            NAMED + rf"""["']?(?:\s*(?:[:=]|=>|{SAYS})\s*|\s+)["']?""",
        ),
        Pattern(r"[^\s:@/]{3,}", IN_ADDRESS),
    ),
    proved=_proved,
)
