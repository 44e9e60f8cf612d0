"""The labelling guideline stays a page of Markdown whatever labels and texts hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from rungwise.reporting.guideline import guideline, with_examples
from rungwise.reporting.wording import line

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def parts(page: str) -> tuple[list[str], list[str]]:
    """Class headings and the examples below them, as a reader sees them."""
    tokens = MARKDOWN.parse(page)
    headings, items, inside = [], [], ""
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            inside = token.tag
        elif token.type == "inline" and inside == "h2":
            headings.append(shown(token))
            inside = ""
        elif headings and token.type == "inline" and tokens[place - 2].type == "list_item_open":
            items.append(shown(token))
    return headings, items


def shown(token: Token) -> str:
    """What is read: any child that is not plain text would be markup that came through."""
    children = token.children or []
    assert all(child.type in ("text", "text_special") for child in children), token.content
    return "".join(child.content for child in children)


def test_a_heading_a_class_with_room_and_three_examples() -> None:
    page = guideline(
        "Route tickets to teams", {"late": ["one", "two", "three", "four"], "lost": ["five"]}
    )
    headings, items = parts(page)
    assert headings == ["late", "lost"]
    assert items == ["one", "two", "three", "five"]
    assert page.count("**Means:**") == page.count("**Edge cases:**") == 2
    assert "Route tickets to teams" in page


def test_a_class_without_examples_says_so() -> None:
    (item,) = parts(guideline("g", {"late": []}))[1]
    assert item.startswith("(no example yet")


def test_a_long_example_is_cut_at_a_word() -> None:
    (item,) = parts(guideline("g", {"late": ["word " * 200]}))[1]
    assert len(item) < 170
    assert item.endswith("word …")


def test_an_audit_changes_its_lists_and_nothing_that_people_wrote() -> None:
    page = guideline("Route tickets", {"late": ["one"], "a_b": ["two"]})
    edited = page.replace("…", "ours", 1).replace("- one\n", "- one\n\n- a list of ours\n")
    fresh = with_examples(edited, {"late": ["three", "four"], "a_b": ["five"]})
    headings, items = parts(fresh)
    assert headings == ["late", "a_b"]
    assert items == ["three", "four", "a list of ours", "five"]
    assert "**Means:** ours" in fresh
    assert with_examples(fresh, {"late": ["three", "four"], "a_b": ["five"]}) == fresh
    gone = with_examples(fresh, {"late": ["three", "four"]})
    assert parts(gone)[1][-1].startswith("(no training row"), "a class that was merged away"
    assert with_examples("## late\n\n- mine\n", {"late": ["x"]}) == "## late\n\n- mine\n"


nasty = st.text(
    st.sampled_from("ab *_`[]()<>#+-.!|~&\\\n\t:@/=^$%1") | st.characters(codec="utf-8"),
    min_size=1,
    max_size=40,
).filter(str.strip)


@given(nasty, nasty)
def test_no_label_or_text_can_break_the_page(label: str, text: str) -> None:
    page = guideline("Route tickets", {label: [text], "last": ["done"]})
    headings, items = parts(page)
    assert headings == [line(label, 1000), "last"]
    assert items == [line(text), "done"]
    page.encode("utf-8")


def test_a_page_about_texts_speaks_of_answers_and_takes_their_examples() -> None:
    page = guideline("Extract the booking", {}, texts=True)
    assert "label" not in page.lower() and "class" not in page.lower()
    headings, _ = parts(page)
    assert headings[0] == "A right answer" and headings[-1] == "Examples"
    shown = with_examples(page.replace("**Holds:** …", "**Holds:** the day"), {"Examples": ["a"]})
    assert "**Holds:** the day" in shown, "what people wrote stays"
    assert parts(shown)[1][-1] == "a"
