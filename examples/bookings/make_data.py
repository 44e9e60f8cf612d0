"""Write the second demo's messages: guests who book a table, and the booking each one means.

A message is what people type; the answer is one JSON line with the fields that a booking system
asks for, in its own form: the hour on a clock of 24 hours, the day by its name, the number of
guests as a number, and a wish only where the guest has one. The form is the difficulty: a small
model knows what "half seven on Saturday" means, and does not know how the house writes it.

Two files: `messages.jsonl` to learn from, `new.jsonl` with messages that arrived since. Everything
depends on the seed alone.
"""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import dataclass
from pathlib import Path

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SAID_DAYS = {
    "Monday": ("Monday", "Mon", "this coming Monday"),
    "Tuesday": ("Tuesday", "Tue", "Tuesday night"),
    "Wednesday": ("Wednesday", "Wed", "midweek, so Wednesday"),
    "Thursday": ("Thursday", "Thu", "Thursday evening"),
    "Friday": ("Friday", "Fri", "Friday night"),
    "Saturday": ("Saturday", "Sat", "Saturday evening"),
    "Sunday": ("Sunday", "Sun", "Sunday night"),
}
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight")
NAMES = (
    "Osei", "Lindqvist", "Moreau", "Tanaka", "Okafor", "Brandt", "Silva", "Novak", "Haddad",
    "Khan", "Petrov", "Castillo", "Nguyen", "Fischer", "O'Brien", "Rossi", "Kaya", "Mbeki",
)  # fmt: skip
WISHES = {
    "window": ("by the window if you can", "we would love the window", "window seat please"),
    "outside": ("on the terrace", "outside, weather permitting", "we would like to sit outdoors"),
    "highchair": ("we bring a toddler, so a highchair", "with a highchair for our baby"),
    "quiet": ("somewhere quiet", "not next to the bar, please", "a calm corner would be nice"),
    "vegan": ("one of us is vegan", "we eat vegan", "please tell the kitchen we are vegan"),
}  # fmt: skip
OPENINGS = (
    "Hi,", "Hello!", "Good morning,", "Hey there,", "", "", "Dear team,", "Good evening,",
)  # fmt: skip
REQUESTS = (
    "can I get a table for {party} on {day} at {time}",
    "we would like to come on {day}, {party} of us, {time}",
    "{party} people, {day}, {time}, is that possible",
    "do you have room for {party} {day} at {time}",
    "please book {day} {time} for {party}",
    "looking for dinner on {day} around {time}, we are {party}",
    "I need to reserve for {party}: {day}, {time}",
)
SIGNED = ("It is under {name}.", "Name: {name}", "Thanks, {name}", "– {name}", "My name is {name}.")
ASIDES = (
    "We were there last month and loved it.", "Sorry for the short notice!", "It is a birthday.",
    "We may be five minutes late.", "Do you take cards?", "", "", "", "",
)  # fmt: skip
MINUTES = {0: "00", 15: "15", 30: "30", 45: "45"}


@dataclass(frozen=True, slots=True)
class Booking:
    """One row: what a guest wrote, and the booking as the house writes it."""

    id: str
    message: str
    booking: str


def bookings(rows: int, seed: int) -> list[Booking]:
    """Messages and their bookings; the same seed writes the same."""
    stream = random.Random(seed)
    made: dict[str, Booking] = {}
    while len(made) < rows:
        message, fields = _one(stream)
        told = json.dumps(fields, ensure_ascii=False)
        made.setdefault(message, Booking(f"B{len(made) + 1:04}", message, told))
    return list(made.values())


def _one(stream: random.Random) -> tuple[str, dict[str, object]]:
    day, name = stream.choice(DAYS), stream.choice(NAMES)
    party = stream.randint(1, len(NUMBERS))
    hour, minute = stream.randint(17, 21), stream.choice(list(MINUTES))
    fields: dict[str, object] = {
        "name": name,
        "party": party,
        "day": day,
        "time": f"{hour}:{MINUTES[minute]}",
    }
    request = stream.choice(REQUESTS).format(
        party=stream.choice((str(party), NUMBERS[party - 1])),
        day=stream.choice(SAID_DAYS[day]),
        time=_said(hour, minute, stream),
    )
    parts = [stream.choice(OPENINGS), request + stream.choice((".", "?", ""))]
    if stream.random() < 0.4:
        wish = stream.choice(list(WISHES))
        fields["wish"] = wish
        parts.append(stream.choice(WISHES[wish]) + ".")
    parts += [stream.choice(ASIDES), stream.choice(SIGNED).format(name=name)]
    return " ".join(part for part in parts if part), fields


def _said(hour: int, minute: int, stream: random.Random) -> str:
    """An hour of the evening, as people write it."""
    short, following = hour - 12, hour - 11
    said = [
        f"{hour}:{MINUTES[minute]}",
        f"{short}.{MINUTES[minute]} pm",
        f"{short}:{MINUTES[minute]}pm",
    ]
    said += {
        0: [f"{short} o'clock", f"{short}pm", f"{short} sharp"],
        15: [f"quarter past {short}"],
        30: [f"half past {short}", f"{short} thirty"],
        45: [f"quarter to {following}"],
    }[minute]  # fmt: skip
    return stream.choice(said)


def write_all(folder: Path, rows: int = 260, new: int = 20, seed: int = 11) -> None:
    """Write both files; the new messages come without a booking."""
    folder.mkdir(parents=True, exist_ok=True)
    every = bookings(rows + new, seed)
    known = [{"id": b.id, "message": b.message, "booking": b.booking} for b in every[:rows]]
    unknown = [{"id": b.id, "message": b.message} for b in every[rows:]]
    for name, part in (("messages", known), ("new", unknown)):
        with (folder / f"{name}.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in part)
    print(f"{rows} messages in {folder / 'messages.jsonl'}, {new} in {folder / 'new.jsonl'}")


def main() -> None:
    """Write the files into the folder that the command line names."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=260)
    parser.add_argument("--seed", type=int, default=11)
    told = parser.parse_args()
    write_all(told.folder, told.rows, seed=told.seed)


if __name__ == "__main__":
    main()
