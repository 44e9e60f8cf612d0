"""Rows of public data: E2E, SQuAD, SNIPS, and questions of BANKING77 with replies of our own."""

from __future__ import annotations

import json
import random

import polars as pl

from benchmarks.language.climbed import DATA
from benchmarks.language.restaurants import sentences
from benchmarks.language.verdicts.situation import Line

SEED = 14
QUESTIONS = 300
QUESTIONS_A_REPLY = 16
REPLIES = {
    "age_limit": "Accounts are for people of 18 years and more.",
    "apple_pay_or_google_pay": "Add the card to the wallet of your phone, under Cards.",
    "automatic_top_up": "You turn automatic top-ups on and off under Money, Plans.",
    "cancel_transfer": "As long as a transfer is pending, press it and choose Cancel.",
    "card_about_to_expire": "A new card is sent to you four weeks before the old one expires.",
    "card_swallowed": "Freeze the card in the app; a machine does not give it back.",
    "change_pin": "Any cash machine lets you choose another PIN.",
    "contactless_not_working": "Pay once with your PIN, then contactless works again.",
    "disposable_card_limits": "You may have five disposable cards a day.",
    "edit_personal_details": "Name and address are changed under Profile.",
    "exchange_via_app": "Thirty currencies can be exchanged under Money, Exchange.",
    "get_physical_card": "The PIN of a card is shown under Cards, Security.",
    "getting_spare_card": "A second card costs 5 euros, and you order it under Cards.",
    "lost_or_stolen_phone": "Log in on our pages and end the session of the lost phone.",
    "passcode_forgotten": "Press Forgotten below the passcode, and we send you a link.",
    "terminate_account": "We are sorry to see you go: Profile, Close account.",
    "top_up_by_cash_or_cheque": "We take neither cash nor cheques.",
    "transaction_charged_twice": "The second payment is a reservation and vanishes in a week.",
    "verify_source_of_funds": "Upload a payslip or a statement, and we check it in a day.",
    "visa_or_mastercard": "Every card of ours is a Mastercard.",
}
"""Intent of BANKING77 to the reply that a desk might give."""


def restaurants() -> list[Line]:
    """Facts about a restaurant, and the sentence that a guide would print."""
    drawn = sentences("dev").head(120).select(input="facts", output="sentence")
    return [{"input": one["input"], "output": one["output"]} for one in drawn.to_dicts()]


def wikipedia_questions() -> list[Line]:
    """Questions, the first of the accepted answers, and the paragraph that has it."""
    asked = pl.read_ndjson(DATA / "squad_xquad_en" / "qa.jsonl").to_dicts()
    random.Random(SEED).shuffle(asked)
    return [
        {
            "input": one["question"], "output": one["answers"][0]["text"],
            "document": one["doc_id"],
        }
        for one in asked[:QUESTIONS]
    ]  # fmt: skip


def wikipedia() -> list[Line]:
    """All 240 paragraphs."""
    lines = (DATA / "squad_xquad_en" / "docs.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        {"id": one["doc_id"], "title": str(one["title"]), "text": one["text"]}
        for one in map(json.loads, lines)
    ]


def intents() -> list[Line]:
    """Requests to an assistant, and the name of the intent: seven names in all."""
    lines = (DATA / "snips_nlu" / "validate.jsonl").read_text(encoding="utf-8").splitlines()
    asked = [json.loads(line) for line in lines]
    random.Random(SEED).shuffle(asked)
    return [{"input": one["text"], "output": one["intent"]} for one in asked[:210]]


def replies() -> list[Line]:
    """Questions to a bank, and the reply that the desk gives to all questions of the kind."""
    asked = pl.read_csv(DATA / "banking77" / "train.csv").filter(pl.col("label").is_in([*REPLIES]))
    lines: list[Line] = []
    for intent, reply in REPLIES.items():
        texts = asked.filter(pl.col("label") == intent)["text"]
        drawn = texts.sample(QUESTIONS_A_REPLY, shuffle=True, seed=SEED)
        lines += [{"input": text, "output": reply} for text in drawn]
    random.Random(SEED).shuffle(lines)
    return lines
