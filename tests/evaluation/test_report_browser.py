"""The HTML report in a real browser."""

import shutil
from pathlib import Path

import pytest
from report_results import EVIL

PATIENCE = 300_000  # milliseconds until a test gives up; no test waits that long
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
    "--disable-background-networking --disable-component-update"
).split()


def browser_path():
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    return playwright, found


@pytest.fixture(scope="module")
def shown(report_page):
    """The page in a headless browser, with what it complained of and asked for."""
    playwright, path = browser_path()
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=path, args=FLAGS, timeout=PATIENCE
        )
        tab = browser.new_page()
        tab.set_default_timeout(PATIENCE)
        tab.complaints, tab.requests = [], []
        tab.on("console", lambda message: tab.complaints.append(message.text))
        tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
        tab.on("dialog", lambda dialog: tab.complaints.append(dialog.message))
        tab.on("request", lambda request: tab.requests.append(request.url))
        tab.goto(Path(report_page).as_uri())
        yield tab
        browser.close()


def column(tab, index):
    cells = tab.query_selector_all(f"table >> nth=0 >> tbody td:nth-child({index})")
    return [cell.inner_text() for cell in cells]


def numbers(tab, index):
    return [float(text.split()[0]) for text in column(tab, index)]


def test_browser_opens_it_without_errors_or_network(shown, report_page):
    assert shown.complaints == []
    others = [url for url in shown.requests if not url.startswith("data:")]
    assert others == [Path(report_page).as_uri()]
    assert shown.title() == "Two datasets"


def test_browser_shows_the_images(shown):
    shown.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    widths = shown.evaluate("Array.from(document.images, i => i.naturalWidth)")
    assert len(widths) == 13 and min(widths) > 100


def test_browser_sorts_tables(shown):
    before = column(shown, 2)
    heading = shown.query_selector("th:has-text('macro-F1') button")
    heading.click()
    scores = numbers(shown, 4)
    assert scores == sorted(scores, reverse=True) and len(scores) == 5
    assert column(shown, 2) != before
    heading.click()
    assert numbers(shown, 4) == sorted(scores)
    shown.query_selector("th:has-text('method') button").click()
    assert column(shown, 2) == sorted(before, key=str.lower)
    # Empty cells stay below, in both directions.
    last = shown.query_selector(".published th:has-text('F1') button")
    for _ in range(2):
        last.click()
        rows = shown.query_selector_all(".published tbody tr")
        assert "LBP-TOP" in rows[0].inner_text()
    assert shown.complaints == []


def test_browser_opens_what_a_link_leads_to(shown):
    # Twice: what was folded again opens again, though the address stays the same.
    for _ in range(2):
        shown.evaluate(
            "document.querySelectorAll('details').forEach(d => d.open = false)"
        )
        assert not shown.evaluate("document.getElementById('result-1-0').open")
        shown.click("text=one >> nth=0")
        shown.wait_for_function("document.getElementById('result-1-0').open")


def test_browser_sorts_units(shown):
    for table in range(shown.evaluate("document.querySelectorAll('table').length")):
        headings = shown.query_selector_all(f"table >> nth={table} >> th button")
        for heading in headings:
            heading.evaluate("button => button.click()")
    shown.evaluate("""() => {
        const all = Array.from(document.querySelectorAll('#result-2-0 th button'));
        all.find(button => button.textContent === 'unit').click();
    }""")
    names = shown.evaluate("""() => {
        const row = document.querySelector('#result-2-0 tbody tr');
        return row.cells[0].textContent;
    }""")
    assert names == EVIL and shown.complaints == []


def test_browser_prints_what_is_folded(shown):
    shown.evaluate("document.querySelectorAll('details').forEach(d => d.open = false)")
    height = "document.getElementById('result-2-0').scrollHeight"
    folded = shown.evaluate(height)
    shown.emulate_media(media="print")
    assert shown.evaluate(height) > 10 * folded
    shown.emulate_media(media="screen")


def test_browser_keeps_a_narrow_page_narrow(shown):
    shown.set_viewport_size({"width": 360, "height": 700})
    shown.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert shown.evaluate("document.documentElement.scrollWidth") <= 360
