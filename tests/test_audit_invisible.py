"""Signs of HTML in texts are found; what only looks like them is not."""

from __future__ import annotations

import polars as pl
import pytest

from rungwise.audits.invisible import HTML

FOUND = (
    "fast&nbsp;delivery",
    "salt &amp; pepper",
    "don&#39;t",
    "don&apos;t",
    "don&#x27;t",
    "a &lt; b",
    "caf&eacute; au lait",
    "one<br>two",
    "one<BR />two",
    "<p>Where is it?</p>",
    '<p class="x">Where',
    "so <b>bold</b>",
    '<a href="https://example.org">here</a>',
)
NOT_FOUND = (
    "AT&T",
    "a && b",
    "x < y",
    "x<y and y>z",
    "a<b>c",
    "R&D; and more",
    "write to <ann@example.org>",
    "Dear <name>",
    "&;",
    "& amp ;",
    "#39;",
    "a <- b",
    "<3 <3",
    "Q&A;",
)


@pytest.mark.parametrize("text", FOUND)
def test_entities_and_tags_are_found(text: str) -> None:
    assert pl.Series([text]).str.contains(HTML).all()


@pytest.mark.parametrize("text", NOT_FOUND)
def test_what_only_looks_like_html_is_not(text: str) -> None:
    assert not pl.Series([text]).str.contains(HTML).any()
