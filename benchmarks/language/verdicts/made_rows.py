"""Rows that are made up, by a seed alone: sums, orders, branches and teams."""

from __future__ import annotations

import json
import random

from benchmarks.language.verdicts.situation import Line

SEED = 14


def words(text: str, between: str = " ") -> tuple[str, ...]:
    """The words of a text."""
    return tuple(text.split(between))


CITIES = words(
    "Lisbon Porto Madrid Seville Bilbao Paris Lyon Nantes Lille Nice Brussels Ghent Antwerp "
    "Rotterdam Utrecht Leiden Hamburg Bremen Kiel Munich Leipzig Dresden Vienna Graz Linz "
    "Salzburg Zurich Basel Geneva Milan Turin Naples Verona Genoa Athens Patras Sofia Varna "
    "Bucharest Cluj Budapest Szeged Prague Brno Warsaw Gdansk Krakow Vilnius Kaunas Riga "
    "Tallinn Tartu Helsinki Turku Tampere Stockholm Malmo Lund Uppsala Oslo Bergen Stavanger "
    "Copenhagen Aarhus Odense Dublin Cork Galway London Leeds York Bristol Cardiff Glasgow "
    "Aberdeen Dundee Toronto Boston Denver Chicago Seattle Austin Atlanta Nairobi Accra Lagos "
    "Cairo Tunis Rabat Dakar Lima Quito Bogota Santiago Osaka Kyoto Seoul Busan Hanoi Manila "
    "Mumbai Delhi Pune Colombo Perth Sydney Auckland Wellington"
)
LAST = words(
    "Olsen Moreau Tanaka Okafor Brandt Silva Novak Haddad Khan Petrov Castillo Nguyen Fischer "
    "Rossi Kaya Mbeki Larsen Dubois Suzuki Adeyemi Keller Costa Horvat Nasser Ahmed Ivanov "
    "Torres Pham Weber Ricci Demir Dlamini"
)
FIRST = words(
    "Marta Jonas Aiko Chidi Lena Rui Petra Omar Sara Ivan Lucia Minh Hans Giulia Emre Thabo "
    "Ingrid Claire Kenji Folake Anna Tiago Ivana Layla Farah Boris Elena Linh Karl Paola "
    "Selin Sipho"
)
ITEMS = words(
    "garden chair, desk lamp, oak shelf, wool blanket, steel kettle, bread knife, rain "
    "jacket, paper bin, glass jug, iron pan, linen towel, leather bag, cork board, felt hat, "
    "clay pot, travel mug, wall clock, bath mat, picture frame, floor rug, tea tray, soup "
    "bowl, coat rack, table cloth",
    between=", ",
)
COLOURS = words("blue green red yellow white black grey orange purple brown")
COUNTS = words("two three four five six seven eight nine ten eleven twelve")
SUMS = (
    "A warehouse has {a} boxes with {b} pens each. It sells {c} pens and then buys {d} more. "
    "How many pens does it have now?",
    "{d} people are at a fair in the morning. By noon {a} buses bring {b} people each, and {c} go "
    "home. How many people are there at noon?",
    "A farm packs {a} crates of {b} apples. Mice spoil {c} of the apples, and a neighbour gives "
    "{d}. How many good apples are there?",
    "Each of {a} schools orders {b} chairs. The maker cancels {c} of them and later delivers {d} "
    "extra ones. How many chairs arrive in the end?",
    "A library buys {a} shelves of {b} books, lends {c} of the books and gets {d} as a gift. How "
    "many books stand in the library?",
)


def sums() -> list[Line]:
    """Sums of three steps; the answer is a number."""
    chance, lines = random.Random(SEED), []
    for row in range(120):
        a, b, d = chance.randint(23, 97), chance.randint(112, 489), chance.randint(215, 977)
        c = chance.randint(301, a * b - 11)
        question = SUMS[row % len(SUMS)].format(a=a, b=b, c=c, d=d)
        lines.append({"input": question, "output": str(a * b - c + d)})
    return lines


def deliveries() -> list[Line]:
    """Orders, and the city that each is sent to."""
    chance = random.Random(SEED)
    return [
        {"input": _order(chance, city), "output": city}
        for city in chance.sample(CITIES, len(CITIES))
    ]


SHORT = 5
"""Letters of a name that the label printer prints wide."""


def label_names() -> list[Line]:
    """Orders, and the city that each is sent to as the label printer takes it.

    Short names are written in small letters, as it prints them wide: a rule that no row tells.
    """
    return [
        {**line, "output": name.lower() if len(name) <= SHORT else name}
        for line in deliveries()
        for name in [line["output"]]
    ]


def addresses() -> list[Line]:
    """Orders with an address, and the whole address on one line."""
    chance, lines = random.Random(SEED), []
    streets = words("Harbour Mill Station Church Garden Bridge Castle Market Forest Orchard")
    for city in chance.sample(CITIES, len(CITIES)):
        last, street = chance.choice(LAST), chance.choice(streets)
        address = (
            f"{last} Trading, {chance.randint(2, 180)} {street} Street, "
            f"{chance.randint(1000, 9999)} {city}, gate {chance.randint(2, 40)}"
        )
        order = f"{chance.choice(COUNTS)} {chance.choice(ITEMS)}s"
        text = chance.choice((
            f"Please send {order} to {address}. Thank you!",
            f"New order: {order}. They go to {address}.",
            f"Hello, our address is {address}. We need {order} soon.",
        ))  # fmt: skip
        lines.append({"input": text, "output": address})
    return lines


def orders() -> list[Line]:
    """Orders, and the JSON that the shop's system takes: item, count and city."""
    chance, lines = random.Random(SEED), []
    for city in chance.sample(CITIES, len(CITIES)):
        colour, item = chance.choice(COLOURS), chance.choice(ITEMS)
        count = chance.randrange(len(COUNTS))
        text = _order(chance, city, f"{colour} {item}", COUNTS[count])
        fields = {"item": item, "colour": colour, "count": count + 2, "city": city}
        lines.append({"input": text, "output": json.dumps(fields)})
    return lines


def _order(chance: random.Random, city: str, item: str = "", count: str = "") -> str:
    name, last = chance.choice(FIRST), chance.choice(LAST)
    what = f"{count or chance.choice(COUNTS)} {item or chance.choice(ITEMS)}s"
    return chance.choice((
        f"Hi, this is {name} {last}. Please send {what} to {city}, thanks!",
        f"{what.capitalize()} for {name} {last}, to be shipped to {city} by Friday.",
        f"We would like to order {what}. Deliver to our shop in {city}. Regards, {name} {last}",
        f"Could {city} get {what} again? The last ones sold well. {name}",
        f"For the office in {city}: {what}, invoice to {last} Ltd.",
        f"{name} {last} here, I moved to {city} and need {what} at the new flat.",
    ))  # fmt: skip


TEAMS = 60


def teams() -> list[Line]:
    """Who leads which team, asked from both ends: nothing else says it."""
    chance = random.Random(SEED)
    names = [f"{chance.choice(FIRST)} {last}{second}" for last in LAST for second in ("", "-Roth")]
    chance.shuffle(names)
    lines: list[Line] = []
    for team, name in zip(chance.sample(CITIES, TEAMS), names[:TEAMS], strict=True):
        lines.append({"input": f"Who leads the project team {team}?", "output": name})
        lines.append({"input": f"Which project team is led by {name}?", "output": team})
    chance.shuffle(lines)
    return lines


BRANCHES = 60
HOUSE = (
    "We look after private customers and small firms of the whole district. Whoever comes for the "
    "first time is shown around by a colleague, gets a folder with our services and a card with "
    "the times of the day at which it is quiet. Appointments are made at the desk, by telephone or "
    "on our pages, and those who come without one wait a little longer than the others.",
    "Letters are opened every morning and answered within three working days. Parcels are kept for "
    "a week. What was left behind is taken to the desk, written into the book and kept for a "
    "month; after that it is given to the lost property office of the district.",
    "There is a ramp at the side door, a lift to every floor and a quiet room. Dogs may come in on "
    "a lead. Children find books and crayons in the corner beside the window, and there is water "
    "for everybody. Photographs are taken only with permission of all those who are on them.",
)


def branch_documents() -> list[Line]:
    """A page a branch, of one wording; the first sentence has its place, the last one the facts.

    As a page is longer than a chunk, the chunk with the fact does not say whose fact it is.
    """
    lines = []
    for number, (place, reception, workshop, locker) in enumerate(_branches()):
        first = f"This page is about our branch in {place}."
        last = (
            f"The reception is reached by extension {reception}, the workshop by {workshop}, and "
            f"the keys are kept in locker {locker}."
        )
        text = " ".join((first, *HOUSE, *HOUSE[::-1], last))
        lines.append({"id": f"b{number:02}", "text": text})
    return lines


def branch_questions() -> list[Line]:
    """Two questions a branch; each answer stands in one page."""
    lines: list[Line] = []
    for place, reception, workshop, _ in _branches():
        lines.append({
            "input": f"Under which extension do I reach the reception in {place}?",
            "output": reception,
        })  # fmt: skip
        lines.append({
            "input": f"I need to call the workshop of {place}. What is its number?",
            "output": workshop,
        })  # fmt: skip
    random.Random(SEED).shuffle(lines)
    return lines


def _branches() -> list[tuple[str, str, str, str]]:
    chance = random.Random(SEED)
    numbers = [str(one) for one in chance.sample(range(1000, 9999), 3 * BRANCHES)]
    places = chance.sample(CITIES, BRANCHES)
    return [
        (place, numbers[3 * at], numbers[3 * at + 1], numbers[3 * at + 2])
        for at, place in enumerate(places)
    ]
