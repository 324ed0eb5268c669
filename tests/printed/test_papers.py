"""The proforma invoice as a paper (ORD-12): what it says, in PDF and in HTML alike, and what nobody can make it say."""

import asyncio
import io
from collections.abc import Mapping
from typing import Any

import pytest
from pypdf import PdfReader

from app.domain.errors import ErrorCode, Refusal
from app.domain.records import Status
from app.papers import printer as printing
from app.papers import words
from app.papers.page import POLICY, page
from app.papers.paper import Paper, Words, lines_of, plain
from app.papers.printer import Printer
from app.papers.proforma import proforma
from tests.printed.reading import Page, of_pdf, squeezed
from tests.printed.sample import ITEM, SAID, order

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</bdi></td></table><h1>PAID",
    "\"' onmouseover='alert(1)",
    '#eval("1+1") #import "@preview/x:1.0.0": * $x^2$ *strong* _emph_ `raw` [link](http://x) = Heading',
    "\\u{41} \\ line <label> @ref // comment /* block */",
    "&lt;b&gt; &amp; &#x41;",
    "{{ 7*7 }} ${7*7} {days} %s",
    "=cmd|'/C calc'!A0",
)


def said_by(paper: Paper) -> str:
    """Everything that a paper says, by its page."""
    return Page(page(paper)).text


@pytest.fixture
def printer() -> Printer:
    """A printer of this test alone."""
    return Printer()


async def test_every_agreed_term_is_printed_in_its_place(printer: Printer) -> None:
    """ORD-12: each term, instalment, account and guarantee stands on the PDF and the page, one after the other."""
    paper = proforma(order())
    for text in (of_pdf(await printer.pdf(paper)), said_by(paper)):
        at = 0
        for said in SAID:
            assert squeezed(said) in text, said
            found = text.find(squeezed(said), at)
            assert found >= 0, f"{said} stands too early"
            at = found


async def test_pdf_and_page_say_the_same(printer: Printer) -> None:
    """ORD-12: letter by letter, whatever the layout; only page numbers and repeated feet are the PDF's own."""
    paper = proforma(order(contract={"items": [{**ITEM, "position": at} for at in range(1, 60)]}))
    made = await printer.pdf(paper)
    pages = PdfReader(io.BytesIO(made)).pages
    text = of_pdf(made)
    foot = squeezed(paper.closing.en + paper.closing.zh + paper.number)
    assert len(pages) > 3
    assert text.count(squeezed("Unit price (USD)")) > 3, "each page of a long table has its head"
    for at in range(1, len(pages) + 1):
        assert f"{foot}{at}/{len(pages)}" in text
    assert [said for said in Page(page(paper)).said if squeezed(said) not in text] == []


async def test_the_fonts_of_a_pdf_are_embedded_and_cut(printer: Printer) -> None:
    """A reader without any Chinese font shows it; and it holds the glyphs it uses, not the eight megabytes of all."""
    made = await printer.pdf(proforma(order()))
    assert len(made) < 300_000
    fonts = {
        name: font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        for each in PdfReader(io.BytesIO(made)).pages
        for name, font in each["/Resources"]["/Font"].items()  # type: ignore[index]
    }
    assert fonts
    for descriptor in fonts.values():
        assert "/FontFile3" in descriptor or "/FontFile2" in descriptor
        assert "+NotoSans" in descriptor["/FontName"]
    assert {"+NotoSansSC" in descriptor["/FontName"] for descriptor in fonts.values()} == {True, False}


async def test_the_same_order_prints_the_same(printer: Printer) -> None:
    """To the byte, as often as it is fetched, so that whoever compares two papers compares two orders."""
    assert await printer.pdf(proforma(order())) == await printer.pdf(proforma(order()))
    assert await printer.pdf(proforma(order())) != await printer.pdf(proforma(order(number="01715000000012345679")))


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_what_people_wrote_is_text_and_nothing_else(printer: Printer, hostile: str) -> None:
    """ORD-12: neither markup nor a formula nor a template's braces: it stands there as it was written."""
    paper = proforma(_everywhere(hostile))
    made, said = page(paper), of_pdf(await printer.pdf(paper))
    assert Page(made).text.count(squeezed(hostile)) >= 12
    assert said.count(squeezed(hostile)) >= 12
    plain_page = Page(page(proforma(_everywhere("nothing"))))
    assert Page(made).tags == plain_page.tags
    assert Page(made).attributes == plain_page.attributes


def _everywhere(text: str) -> dict[str, Any]:
    item = {
        **ITEM,
        **dict.fromkeys(("description", "packaging", "remark", "unit"), text),
        "attributes": [{"name": text, "value": text}],
    }
    contact = {**order()["contract"]["contact"], **dict.fromkeys(("recipient", "email", "phone", "city"), text)}
    words_of = dict.fromkeys(("carrier", "lane", "incotermPlace", "customsTitle", "notes"), text)
    return order(
        contract={**words_of, "items": [item], "contact": {**contact, "lines": [text]}},
        seller={"name": text, "country": "CN"},
        buyer={"name": text, "country": "US"},
    )


def test_the_page_can_run_and_load_nothing() -> None:
    """One page, its style allowed by its digest alone, in the header and in a saved copy as well."""
    made = page(proforma(order())).decode()
    assert POLICY.startswith("default-src 'none'; style-src 'sha256-")
    assert made.count("Content-Security-Policy") == 1
    tags = set(Page(made.encode()).tags)
    assert tags <= {
        *("html", "head", "meta", "title", "style", "body", "main", "header", "div", "h1", "h2", "span", "p", "dl"),
        *("dt", "dd", "bdi", "section", "table", "thead", "tbody", "tr", "th", "td", "small", "br", "footer"),
    }
    assert {name for name, _ in Page(made.encode()).attributes} <= {
        "charset",
        "http-equiv",
        "content",
        "name",
        "lang",
        "class",
    }


def test_nothing_unseen_is_printed() -> None:
    """ORD-12: what turns the direction of writing, or cannot be seen, could make an amount read as another."""
    assert plain("pay \u202e00.1\u202c now\x07\u2066!") == "pay 00.1 now!"
    assert plain(" a\t\n b\u2028c ") == "a b c"
    assert lines_of("one\r\n\r\n two \u2029three") == ("one", "two", "three")
    assert lines_of(None) == ()
    assert plain("Zoë 乔 👍") == "Zoë 乔 👍"


def test_everything_that_has_a_name_has_it_in_both_languages() -> None:
    """Whatever an order can be is said in English and in Chinese: no value is left without words."""
    named = [value for name, value in vars(words).items() if name.isupper() and isinstance(value, Mapping)]
    assert len(named) == 10
    for each in named:
        kind: Any = type(next(iter(each)))
        assert set(each) == set(kind)
        assert all(isinstance(said, Words) and said.en.isascii() and not said.zh.isascii() for said in each.values())


@pytest.mark.parametrize("status", Status)
def test_the_paper_says_how_far_the_order_is(status: Status) -> None:
    """ORD-12: an offer is no contract, and a closed order is none any more; both say so at the top."""
    agreed = status not in (Status.DRAFT, Status.PENDING_CONFIRMATION)
    closed = status is Status.CLOSED
    paper = proforma(
        order(
            status=str(status),
            confirmedAt="2024-05-06T15:00:00Z" if agreed else None,
            closedAt="2024-05-08T15:00:00Z" if closed else None,
        )
    )
    assert paper.binding is (agreed and not closed)
    assert squeezed(words.STANDING[status].en) in said_by(paper)
    assert ("2024-05-0815:00:00UTC" in said_by(paper)) is closed


def test_an_offer_shows_its_instalments_before_they_are_there() -> None:
    """ORD-12, ORD-4: what will be paid, reckoned from the terms: the deposit and the rest, or all at once."""
    nothing = {**order()["funds"], "instalments": [], "collectionAccounts": []}
    split = said_by(proforma(order(status="PENDING_CONFIRMATION", confirmedAt=None, funds=nothing)))
    assert "Deposit定金15,570.29–15,570.29–" in split
    assert "Balance尾款36,330.68–36,330.68–" in split
    whole = said_by(proforma(order({"paymentTerms": "FULL", "deposit": None}, funds=nothing)))
    assert "Fullpayment全款51,900.97–51,900.97–" in whole


def test_a_moved_deadline_is_printed_no_more() -> None:
    """ORD-12, ORD-10: of the dispatch deadlines the one in force, or none while there is none."""
    moved, running, _ = order()["deadlines"]
    for deadlines, shown in (([running, moved], "2024-05-1506:59:59UTC"), ([{**running, "status": "VOID"}], "")):
        said = said_by(proforma(order(deadlines=deadlines)))
        assert ("Dispatchdeadline发货截止" + shown in said) is bool(shown)
        assert "2024-05-13" not in said


def test_a_bare_draft_can_be_printed() -> None:
    """ORD-12: at every stage, with what there is; what is not there is not made up."""
    empty = dict.fromkeys(
        ("notes", "paymentTerms", "transportMode", "carrier", "lane", "incoterm", "incotermPlace", "exportMethod")
    )
    bare = order(
        contract={
            **empty,
            **dict.fromkeys(("customsTitle", "file", "contact", "destination", "deposit")),
            "items": [],
            "dispatchTerm": {"kind": None, "days": None, "date": None, "instant": None},
            "dispatchPromise": {"guaranteed": False, "days": None},
        },
        status="DRAFT",
        number=None,
        buyer=None,
        submittedAt=None,
        confirmedAt=None,
        transit={"minDays": None, "maxDays": None, "unit": None, "origin": None},
        deliveryGuaranteed=False,
        promisedAt=None,
        acknowledged=[],
        funds={**order()["funds"], "instalments": [], "collectionAccounts": []},
        deadlines=[],
        amendments=[],
        protection={"protectedUntil": None, "protectedFor": None},
    )
    said = said_by(proforma(bare))
    for gone in ("Paymentterms", "Dispatchterm", "Carrier", "Incoterms", "Deliverto", "Notes"):
        assert gone not in said
    assert "On-timedispatch准时发货Notpromised" in said


@pytest.mark.parametrize(
    ("term", "said"),
    [
        ({"kind": "FIXED_DATE", "date": "2024-06-01"}, "By the end of 2024-06-01"),
        ({"kind": "FIXED_INSTANT", "instant": "2024-06-01T04:05:06Z"}, "By 2024-06-01 04:05:06 UTC"),
        (
            {"kind": "DAYS_AFTER_FULL_PAYMENT", "days": 3},
            "Within 3 calendar days after the supplier received full payment",
        ),
    ],
)
def test_every_kind_of_dispatch_term_is_said_whole(term: dict[str, Any], said: str) -> None:
    """ORD-5, ORD-12: with its number, its date or its instant."""
    whole = {"days": None, "date": None, "instant": None, **term}
    assert squeezed(said) in said_by(proforma(order({"dispatchTerm": whole})))


async def test_an_order_that_says_too_much_is_told_so(printer: Printer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes a library into an order gets no PDF of it, and takes nobody else's time or memory."""
    monkeypatch.setattr(printing, "SECONDS_MOST", 0.0)
    with pytest.raises(Refusal) as refused:
        await printer.pdf(proforma(order()))
    assert refused.value.code is ErrorCode.TOO_LONG


async def test_the_largest_order_fits_or_is_refused(printer: Printer) -> None:
    """A hundred lines of whole sentences are a PDF; the process that sets it may hold two gigabytes, and no more."""
    item = {**ITEM, "description": "手机壳，适用于多种型号。" * 8, "remark": "As agreed in the sample of May. " * 8}
    made = await printer.pdf(proforma(order({"items": [{**item, "position": at} for at in range(1, 101)]})))
    assert len(PdfReader(io.BytesIO(made)).pages) > 10


async def test_whoever_comes_when_too_many_wait_is_told_so(printer: Printer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few at a time, some may wait, the others come again; nobody is forgotten."""
    monkeypatch.setattr(printing, "WAITING_MOST", 3)
    paper = proforma(order())
    answers = await asyncio.gather(*(printer.pdf(paper) for _ in range(5)), return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, Refusal)]
    assert [answer.code for answer in refused] == [ErrorCode.TOO_MANY] * 2
    assert len({answer for answer in answers if isinstance(answer, bytes)}) == 1
    assert isinstance(await printer.pdf(paper), bytes)
