"""The first page that a browser gets: told where its server is, and what else it would ask for."""

from __future__ import annotations

import urllib.request

import pytest
from playwright.sync_api import Page, expect

from resnet.views.pages import PAGES


@pytest.mark.parametrize("path", ["", *(one.name for one in PAGES)])
def test_it_asks_for_no_other_address_of_its_server(page: Page, address: str, path: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/{path}")
    expect(page.locator(".sheet > *").first).to_be_attached(timeout=30_000)
    assert [url for url in asked if "health" in url or "host-config" in url] == [
        f"{address}/_stcore/health", f"{address}/_stcore/host-config",
    ]  # fmt: skip
    expect(page.get_by_text("Page not found")).to_have_count(0)
    assert page.complaints == []


def test_the_storys_name_leads_to_it_with_its_query(address: str) -> None:
    with urllib.request.urlopen(f"{address}/story?step=3") as answer:
        assert answer.url == f"{address}/?step=3"


def test_a_page_is_asked_for_anew_each_time(address: str) -> None:
    """Its scripts are named after what is in them and can be kept; the page that names them can't."""
    with urllib.request.urlopen(f"{address}/compare") as answer:
        assert answer.headers["cache-control"] == "no-cache"
        assert b"window.__streamlit" in answer.read()


def test_an_address_of_no_page_is_not_served(page: Page, address: str) -> None:
    page.goto(f"{address}/nothing")
    expect(page.get_by_text("Page not found")).to_be_visible(timeout=30_000)
