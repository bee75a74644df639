"""PDF files: their text in order, without what stands on every page; what cannot be read fails in words."""

import pytest

from daemon.core.errors import SensorError
from sensors.folder.pdf import read
from sensors.parsers.jobs import Extract, ParseJob
from tests.fakes.pdfs import Placed, assembled, column, encrypted, pdf

NOW = 1_790_000_000.0
STORY = [
    "The observatory on the northern ridge measured a wind of 212 kilo-",
    "metres per hour on Tuesday night. Nobody was hurt.",
    "",
    "The road to the valley stays closed until the trees have been cleared",
    "away, the district said on Wednesday morning.",
]
CIRCLE = (
    b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
    b"2 0 obj\n<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>\nendobj\ntrailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF"
)


def extract(body: bytes, *, seconds: float = 20.0) -> Extract:
    facts = {"name": "papers/storm.pdf", "modified_at": NOW - 5000}
    return read(body, ParseJob(url="", content_type="", now=NOW, kind="pdf", seconds=seconds, facts=facts))


def text_of(*pages: list[Placed]) -> str:
    (observation,) = extract(pdf(*pages)).observations
    return observation.text


def test_lines_become_paragraphs_and_hyphenated_words_are_joined() -> None:
    """Lines of one paragraph stand on one line; a greater distance begins a new one."""
    assert text_of(column(STORY)) == (
        "The observatory on the northern ridge measured a wind of 212 kilometres per hour on Tuesday night. Nobody was"
        " hurt.\n\nThe road to the valley stays closed until the trees have been cleared away, the district said on"
        " Wednesday morning."
    )


def test_a_compound_keeps_its_hyphen() -> None:
    """`open-source`, written so elsewhere in the document, does not become one word at the end of a line."""
    text = text_of(column(["We like open-source software, and all that is open-", "source is read here."]))
    assert text == "We like open-source software, and all that is open-source is read here."


def test_what_stands_on_most_pages_is_left_out() -> None:
    """Running heads, page numbers in feet, and nothing else."""
    pages = [
        [
            ("Journal of Storms, volume 7", 72.0, 760.0, 9.0),
            *column([f"Page text number {n} tells something of its own."]),
            (f"- {n} -", 300.0, 30.0, 9.0),
        ]
        for n in range(1, 7)
    ]
    text = text_of(*pages)
    assert "Journal" not in text
    assert "- 3 -" not in text
    assert text.count("tells something of its own.") == 6


def test_a_line_that_names_its_page_is_left_out_of_a_short_paper() -> None:
    """Two pages are too few to tell what repeats; a line that names another page is no page number."""
    pages = [[*column([STORY[0], STORY[1]]), (f"Page {n}", 280.0, 30.0, 9.0)] for n in (1, 2)]
    assert "Page" not in text_of(*pages)
    assert "Page 7" in text_of([*column(STORY), ("Page 7", 280.0, 30.0, 9.0)])


def test_lines_that_are_all_there_is_are_kept() -> None:
    """Slides that say the same again and again still say it."""
    assert "Thank you" in text_of(*[column(["Thank you"]) for _ in range(5)])


def test_a_paragraph_goes_on_over_the_end_of_a_page() -> None:
    """What the foot and the head of two pages interrupt is one paragraph."""
    first = [*column(["The storm was the strongest that was"], top=80), ("1", 300.0, 30.0, 9.0)]
    second = [*column(["ever measured there."]), ("2", 300.0, 30.0, 9.0)]
    assert text_of(first, second) == "The storm was the strongest that was ever measured there."


def test_columns_are_read_one_after_the_other() -> None:
    """The second column begins at the top again, and does not mix with the first."""
    left = column(["Left one is here", "and ends on this line."])
    right = column(["Right one is here", "and ends on this line."], x=320)
    assert text_of([*left, *right]) == (
        "Left one is here and ends on this line.\n\nRight one is here and ends on this line."
    )


def test_the_title_is_the_documents_own_or_its_largest_words() -> None:
    """What word processors put there by themselves is no title."""
    page = [("Storm on the ridge", 72.0, 740.0, 20.0), *column(STORY, top=700)]
    named, unnamed, first_line = (
        extract(pdf(page, facts={"Title": "A storm (2026)", "Author": "Ada", "CreationDate": "D:20260801120000Z"})),
        extract(pdf(page, facts={"Title": "Microsoft Word - storm.docx"})),
        extract(pdf(column(STORY))),
    )
    assert named.observations[0].title == "A storm (2026)"
    assert named.observations[0].author == "Ada"
    assert named.observations[0].published_at == 1_785_585_600.0
    assert unnamed.observations[0].title == "Storm on the ridge"
    assert unnamed.observations[0].published_at == NOW - 5000
    assert first_line.observations[0].title.startswith("The observatory on the northern ridge")


def test_a_short_first_line_in_the_size_of_the_text_is_a_heading() -> None:
    """It ran out of words, not of room; a first line that is full, or that the next goes on with, is none."""
    full = "The society counted 8,420 breeding pairs on 14 islands this year."
    body = pdf(column(["Annual report of the Gull Society", full, "It cost 27,500 euros."]))
    (one,) = extract(body).observations
    assert one.title == "Annual report of the Gull Society"
    assert text_of(column(["Annual report", full])) == f"Annual report\n\n{full}"
    assert text_of(column([full, "Islands were closed."])) == f"{full} Islands were closed."
    assert text_of(column(["Last year the", "society counted 8,420 breeding pairs."])).count("\n") == 0
    assert text_of(column(["Report 2026.", full])).count("\n") == 0


def test_an_encrypted_file_is_said_to_be() -> None:
    """One that opens without a password is read all the same."""
    with pytest.raises(SensorError, match="encrypted; save it without a password"):
        extract(encrypted(pdf(column(STORY)), "secret"))
    assert "observatory" in extract(encrypted(pdf(column(STORY)), "")).observations[0].text


def test_pages_without_text_are_scans() -> None:
    """Nobody is told of an empty item; the words say what would help."""
    with pytest.raises(SensorError, match="2 pages but no text: it is scanned, and would need text recognition"):
        extract(assembled([b"0 0 612 792 re f", b""]))


@pytest.mark.parametrize(
    "body",
    [
        b"%PDF-1.7 and nothing else",
        b"no PDF at all, whatever its name says",
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 1 0 R /Kids [1 0 R] >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF",
        CIRCLE,
        b"%PDF-1.7\n1 0 obj\n" + b"[" * 100_000 + b"\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF",
        pdf(column(STORY))[:400],
        b"%PDF-1.7\n\x00\xff" * 1000,
    ],
    ids=["head alone", "no PDF", "root of itself", "circle of pages", "nested deeply", "cut off", "rubbish"],
)
def test_a_damaged_file_fails_in_words(body: bytes) -> None:
    """Never with an exception of the library."""
    with pytest.raises(SensorError, match=r"the PDF (is damaged|has \d+ pages? but no text|unpacks)"):
        extract(body)


def test_a_bomb_is_not_unpacked() -> None:
    """A stream that grows a thousandfold when it is unpacked ends the reading, not the process."""
    with pytest.raises(SensorError, match="unpacks to more than can be read"):
        extract(assembled([b" " * 100_000_000]))


def test_what_was_read_in_time_is_kept() -> None:
    """A file of many pages is read as far as its time allows, and says how far that was."""
    found = extract(pdf(*[column([f"Page {n} has words."]) for n in range(30)]), seconds=0.0)
    assert found.facts == {"parser": "pdf", "pages": 30, "pages_read": 1}
    assert found.observations[0].text == "Page 0 has words."
