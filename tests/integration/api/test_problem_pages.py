"""`type` of every problem leads to a page that explains it, without sign-in, in both languages."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from node.api.problem_pages import explanations
from node.api.refusals import page_of
from node.domain.errors import CATALOGUE, RequiredRelation
from node.domain.language import Language
from node.domain.wording import error_text, explained_codes
from node.features.problems.routes import wants_json
from tests.fixtures.gateway.in_process import Api

CODES = (*CATALOGUE, "RouteUnknown", "MethodNotAllowed", "HttpError", "InternalError")
JSON = {"Accept": "application/json"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
VOID = {"meta", "br", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """A page as read: its elements, links and text; unclosed elements are an error."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(content)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of all elements of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]


async def page_at(api: Api, path: str, *, status: int = 200, **headers: str) -> tuple[Page, Any]:
    """Return a page as a browser gets it."""
    answer = await api.get(None, path, headers={**BROWSER, **headers})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Page(answer.text), answer


class TestType:
    async def test_every_code__leads_to_its_page(self, sqlite_api: Api) -> None:
        for code in CODES:
            page, _ = await page_at(sqlite_api, page_of(code))
            text = error_text(code, Language.EN)
            for part in (code, text.title, text.explanation, text.next_step):
                assert part in page.text

    async def test_types_of_real_answers__lead_to_a_page(self, sqlite_api: Api) -> None:
        for path in ("/v1/plans", "/v1/nothing", "/metrics/x"):
            problem = (await sqlite_api.get(None, path)).json()
            assert problem["code"] in (await page_at(sqlite_api, problem["type"]))[0].text

    async def test_only_what_contracts_say__has_a_page_too(self, sqlite_api: Api) -> None:
        for code in set(explained_codes()) - set(CODES):
            assert code in (await page_at(sqlite_api, page_of(code)))[0].text
        assert page_of("0xdeadbeef") == "/problems/ContractRefusal"


class TestPage:
    async def test_language__is_that_of_the_header_or_of_the_address(self, sqlite_api: Api) -> None:
        path = "/problems/InsufficientBalance"
        chinese, answer = await page_at(sqlite_api, path, **{"Accept-Language": "zh-CN"})
        assert "余额不足" in chinese.text
        assert chinese.attributes("html") == [{"lang": "zh-CN"}]
        assert answer.headers["Content-Language"] == "zh"
        assert answer.headers["Vary"] == "Accept, Accept-Language"
        english, answer = await page_at(
            sqlite_api, f"{path}?lang=en", **{"Accept-Language": "zh-CN"}
        )
        assert english.attributes("html") == [{"lang": "en"}]
        assert answer.headers["Content-Language"] == "en"

    async def test_status_and_values__are_explained(self, sqlite_api: Api) -> None:
        page, _ = await page_at(sqlite_api, "/problems/InsufficientBalance")
        assert "HTTP 409" in page.text
        assert "No money moved." in page.text
        for name in ("account", "pocket", "available_fen", "needed_fen", "The answer links to"):
            assert name in page.text
        unknown, _ = await page_at(sqlite_api, "/problems/ChainUnavailable")
        assert "HTTP 503" in unknown.text
        assert "No money moved." not in unknown.text

    async def test_owner__names_every_relation(self, sqlite_api: Api) -> None:
        page, _ = await page_at(sqlite_api, "/problems/NotOwner")
        assert all(relation.value in page.text for relation in RequiredRelation)

    async def test_page__loads_and_runs_nothing(self, sqlite_api: Api) -> None:
        for path in ("/problems", "/problems/NotOwner"):
            page, answer = await page_at(sqlite_api, path)
            assert not {"script", "img", "link", "form", "iframe"} & {
                one for one, _ in page.elements
            }
            assert not [one for _, found in page.elements for one in found if one.startswith("on")]
            assert all(
                str(one["href"]).startswith(("/problems", "?lang=")) for one in page.attributes("a")
            )
            policy = answer.headers["Content-Security-Policy"]
            (style,) = re.findall(r"<style>(.*?)</style>", answer.text, re.S)
            digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
            assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
            assert "unsafe" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"

    async def test_page__is_readable_by_everybody(self, sqlite_api: Api) -> None:
        page, _ = await page_at(sqlite_api, "/problems/NotOwner?lang=zh")
        tags = [tag for tag, _ in page.elements]
        assert [tags.count(tag) for tag in ("title", "main", "h1", "header")] == [1, 1, 1, 1]
        assert all(one.get("scope") in ("row", "col") for one in page.attributes("th"))
        assert any(one.get("name") == "viewport" for one in page.attributes("meta"))
        assert {"hreflang": "en", "lang": "en", "href": "?lang=en"} in page.attributes("a")


class TestUnknownCode:
    @pytest.mark.parametrize("code", ["Nothing", "<script>alert(1)<", "账户"])
    async def test_page__says_so_and_repeats_nothing(self, sqlite_api: Api, code: str) -> None:
        page, answer = await page_at(sqlite_api, f"/problems/{code}", status=404)
        assert "There is no such code." in page.text
        assert "script" not in answer.text
        assert "Nothing" not in answer.text
        assert "Content-Security-Policy" in answer.headers

    async def test_program__gets_a_problem(self, sqlite_api: Api) -> None:
        answer = await sqlite_api.get(None, "/problems/Nothing", headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (404, "RouteUnknown")

    async def test_other_language__is_refused_by_name(self, sqlite_api: Api) -> None:
        answer = await sqlite_api.get(None, "/problems?lang=fr")
        assert (answer.status_code, answer.json()["code"]) == (422, "MalformedBody")


class TestList:
    async def test_page__links_to_every_code_once(self, sqlite_api: Api) -> None:
        page, _ = await page_at(sqlite_api, "/problems?lang=zh")
        links = [str(one["href"]) for one in page.attributes("a")]
        codes = [
            link.split("/")[2].split("?")[0] for link in links if link.startswith("/problems/")
        ]
        assert sorted(codes) == sorted(explained_codes())
        assert all("lang=zh" in link for link in links if link.startswith("/problems/"))

    async def test_program__gets_all_codes_in_its_language(self, sqlite_api: Api) -> None:
        headers = {**JSON, "Accept-Language": "zh"}
        answer = await sqlite_api.get(None, "/problems", headers=headers)
        items = {one["code"]: one for one in answer.json()["items"]}
        assert len(items) == len(explanations(Language.ZH)) == len(explained_codes())
        assert items["BodyTooLarge"]["status"] == 413
        assert items["InsufficientBalance"]["values"]["needed_fen"] == "需要的金额，单位分"
        assert items["DEADLINE_PASSED"]["status"] is None
        one = await sqlite_api.get(None, "/problems/BodyTooLarge", headers=headers)
        assert one.json() == items["BodyTooLarge"]


class TestWantsJson:
    @pytest.mark.parametrize("accept", ["", "*/*", "text/html", BROWSER["Accept"], "image/png"])
    def test_browsers_and_whoever_names_nothing__get_the_page(self, accept: str) -> None:
        assert not wants_json(accept)

    @pytest.mark.parametrize(
        "accept", ["application/json", "APPLICATION/JSON; q=0.9", "application/problem+json, */*"]
    )
    def test_programs__get_json(self, accept: str) -> None:
        assert wants_json(accept)
