"""The bookings of the second demo can be read out of their messages, and nothing else is said."""

from __future__ import annotations

import json
import re

from examples.bookings.make_data import DAYS, NUMBERS, WISHES, bookings

CLOCK = re.compile(r"(1[7-9]|2[01]):(00|15|30|45)")


def test_the_same_seed_writes_the_same_messages_and_none_twice() -> None:
    made = bookings(300, seed=11)
    assert bookings(300, seed=11) == made
    assert bookings(300, seed=12) != made
    assert len({one.message for one in made}) == len({one.id for one in made}) == 300


def test_every_field_is_said_in_the_message() -> None:
    for one in bookings(300, seed=11):
        fields = json.loads(one.booking)
        assert set(fields) - {"wish"} == {"name", "party", "day", "time"}
        assert fields["name"] in one.message
        party = fields["party"]
        assert re.search(rf"\b({party}|{NUMBERS[party - 1]})\b", one.message)
        assert fields["day"] in DAYS
        assert re.search(rf"\b{fields['day'][:3]}", one.message)
        assert CLOCK.fullmatch(fields["time"])
        said = fields.get("wish")
        assert any(phrase in one.message for phrase in WISHES[said]) if said else True
        others = [phrase for wish in set(WISHES) - {said} for phrase in WISHES[wish]]
        assert not any(phrase in one.message for phrase in others)
