"""What fills the other slots of `personal_templates`: towns, firms, goods, dates and numbers."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Mapping, Sequence
from typing import Any

THINGS = (
    "kettle", "invoice", "laptop", "washing machine", "ticket", "headset", "contract", "boiler",
    "sofa", "router", "bracelet", "report", "phone case", "camera", "heating", "toaster", "bicycle",
)  # fmt: skip
MANY = ("stamps", "cats", "apples", "old maps", "gardens", "small words", "trains", "spreadsheets",
        "manners", "roses", "mushrooms", "board games")  # fmt: skip
PRODUCTS = (
    "iPhone 14", "Galaxy S22", "Kindle", "PlayStation 5", "ThinkPad", "MacBook Air", "Corolla",
    "Golf GTI", "Model 3", "Surface Pro", "Echo Dot", "Pixel 7", "Xperia", "Jaguar", "Civic",
    "Roomba", "Nespresso", "Vespa", "Fiesta", "Passat", "Office 365", "Photoshop", "Sony Walkman",
)  # fmt: skip
PLACES = (
    "library", "old mill", "station", "town hall", "Central Park", "Royal Hospital", "airport",
    "Grand Hotel", "stadium", "Louvre", "cathedral", "pharmacy", "St. Mary's Church", "harbour",
    "Science Museum", "Riverside Mall", "bus stop", "Hilton", "post office", "Eiffel Tower",
)  # fmt: skip
FIRMS = (
    "Amazon", "Lufthansa", "Barclays", "Siemens", "Nestlé", "Toyota", "Deutsche Bank", "Vodafone",
    "Morgan Stanley", "Johnson & Johnson", "Wells Fargo", "Ben & Jerry's", "Philip Morris", "Ikea",
    "Marks and Spencer", "Ernst & Young", "Mercedes", "Adidas", "Disney", "McDonald's", "Wendy's",
    "Ralph Lauren", "JP Morgan", "Santander", "Revolut", "Monzo", "PayPal", "Netflix", "Spotify",
)  # fmt: skip
CITIES = (
    "London", "Paris", "Berlin", "New York", "Los Angeles", "Lagos", "Nairobi", "Mumbai", "Delhi",
    "Sydney", "Melbourne", "Toronto", "Dublin", "Madrid", "Lisbon", "Rome", "Vienna", "Zurich",
    "Warsaw", "Prague", "Budapest", "Istanbul", "Cairo", "Cape Town", "Tokyo", "Seoul", "Beijing",
    "Shanghai", "Hong Kong", "Singapore", "Bangkok", "Manila", "Jakarta", "São Paulo", "Lima",
    "Buenos Aires", "Mexico City", "Chicago", "Houston", "San Diego", "San Francisco", "Boston",
    "Seattle", "Austin", "Dallas", "Phoenix", "Denver", "Atlanta", "Miami", "Charlotte", "Jackson",
    "Florence", "Victoria", "Madison", "Lincoln", "Santiago", "St. Louis", "Santa Fe", "Orlando",
    "Salt Lake City", "Kansas City", "Las Vegas", "New Orleans", "Glasgow", "Leeds", "York",
    "Manchester", "Bristol", "Oxford", "Cambridge", "Bath", "Nice", "Lyon", "Milan", "Naples",
    "Oslo", "Stockholm", "Helsinki", "Copenhagen", "Reykjavik", "Kyiv", "Moscow", "Tehran",
    "Baghdad", "Kabul", "Karachi", "Lahore", "Dhaka", "Accra", "Kampala", "Perth", "Auckland",
)  # fmt: skip
TOWNS = ("de_DE", "it_IT", "es_ES", "pl_PL", "nl_NL", "da_DK", "sv_SE", "cs_CZ", "hu_HU", "fi_FI",
         "pt_PT", "en_AU", "en_GB")  # fmt: skip
"""Locales whose towns are not made of surnames."""
SHOPS = ("en_US", "en_GB", "en_IN", "en_AU", "de_DE", "fr_FR")
TEAMS = ("United", "Arsenal", "the Lakers", "Real Madrid", "the Jets", "Sevilla", "Boca Juniors",
         "the Red Sox", "Celtic", "the Patriots", "Juventus")  # fmt: skip
DONE = ("arrested", "fined", "given a medal", "evicted", "elected treasurer", "taken to hospital")

PEOPLES = (
    "German", "French", "Kenyan", "Polish", "American", "Irish", "Thai", "Indian", "Brazilian",
    "Turkish", "Dutch", "Nigerian", "Chinese", "Mexican", "Swedish", "Afghan",
)  # fmt: skip
CURRENCIES = (
    "euros", "Euros", "pounds", "British pounds", "US dollars", "dollars", "yen", "Swiss francs",
    "Russian roubles", "Polish zloty", "rupees", "Danish kroner", "pesos", "AUD", "GBP", "EUR",
    "USD",
)  # fmt: skip
SCHEMES = ("Visa", "visa", "Mastercard", "MasterCard", "mastercard", "Maestro", "Amex",
           "American Express", "Discover", "Diners Club", "JCB", "UnionPay")  # fmt: skip
WALLETS = ("Apple Pay", "apple pay", "Google Pay", "google pay", "Samsung Pay", "Apple Wallet",
           "PayPal", "Venmo", "Zelle", "Klarna", "Alipay", "Cash App", "Apple Watch")  # fmt: skip
RELATIVES = ("her sons", "his wife", "their children", "two sisters,")
ROOMS = ("room 4", "the lobby", "Room B12", "meeting room Oak")
DATES = ("%d/%m/%Y", "%Y-%m-%d", "%B %d, %Y", "%d %B %Y", "%m/%d/%y")
MONEY = ("${}", "£{}", "{} euros", "{} dollars", "€{}", "{} USD")
ORDERS = ("#{}", "{}", "A-{}", "INV{}")


def fillers(
    chance: random.Random, fakers: Mapping[str, Any], english: Callable[[], Any]
) -> dict[str, Callable[[], str]]:
    """Slot → what draws its next value.

    Args:
        chance: What draws.
        fakers: Faker by locale.
        english: Gives one of an English locale.
    """
    return _things(chance, fakers, english) | _numbers(chance, fakers, english)


def _things(
    chance: random.Random, fakers: Mapping[str, Any], english: Callable[[], Any]
) -> dict[str, Callable[[], str]]:
    listed = {
        "nationality": PEOPLES, "thing": THINGS, "things": MANY, "product": PRODUCTS,
        "place": PLACES, "team": TEAMS, "done": DONE, "nrel": RELATIVES, "room": ROOMS,
        "currency": CURRENCIES, "scheme": SCHEMES, "wallet": WALLETS,
    }  # fmt: skip

    def city() -> str:
        if chance.random() < 0.6:
            return chance.choice(CITIES)
        return str(fakers[chance.choice(TOWNS)].city())

    def company() -> str:
        if chance.random() < 0.5:
            return chance.choice(FIRMS)
        return str(fakers[chance.choice(SHOPS)].company())

    def job() -> str:
        return str(english().job()).split(",")[0].split("/")[0].lower()

    def drawn(words: Sequence[str]) -> Callable[[], str]:
        return lambda: chance.choice(words)

    return {slot: drawn(words) for slot, words in listed.items()} | {
        "city": city,
        "company": company,
        "job": job,
        "country": lambda: str(english().country()),
        "language": lambda: str(english().language_name()),
    }


def _numbers(
    chance: random.Random, fakers: Mapping[str, Any], english: Callable[[], Any]
) -> dict[str, Callable[[], str]]:
    def number() -> str:
        long = chance.randrange(10**9)
        return chance.choice([f"{long // 100:,}", str(long), "1.5 million"])

    def time() -> str:
        return chance.choice(
            [str(english().time("%H:%M")), f"{chance.randrange(1, 12)} pm", "noon"]
        )

    def money() -> str:
        small = chance.randrange(5, 5000)
        amount = chance.choice([str(small), f"{small // 5},000", f"{small // 50}.50"])
        return chance.choice(MONEY).format(amount)

    def order() -> str:
        return chance.choice(ORDERS).format(chance.randrange(10 ** chance.randrange(4, 11)))

    def between(least: int, most: int) -> Callable[[], str]:
        return lambda: str(chance.randrange(least, most))

    return {
        "number": number,
        "time": time,
        "money": money,
        "order": order,
        "year": between(1700, 2027),
        "age": between(16, 99),
        "small": between(2, 60),
        "small4": between(1000, 9999),
        "account": lambda: "".join(chance.choices(string.digits, k=chance.randrange(8, 18))),
        "version": lambda: f"{chance.randrange(20)}.{chance.randrange(20)}",
        "month": lambda: str(english().month_name()),
        "weekday": lambda: str(english().day_of_week()),
        "date": lambda: str(english().date(chance.choice(DATES))),
        "flight": lambda: str(english().bothify("??###")).upper(),
        "postcode": lambda: str(english().postcode()),
        "expiry": lambda: str(english().credit_card_expire()),
        "card": lambda: str(english().credit_card_number()),
        "iban": lambda: str(english().iban()),
        "ip": lambda: str(english().ipv4()),
        "email": lambda: str(english().email()),
        "ssn": lambda: str(fakers["en_US"].ssn()),
    }
