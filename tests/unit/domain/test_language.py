"""Which language somebody prefers."""

import pytest

from node.domain.language import Language, accepted_language, locale_language


class TestAcceptedLanguage:
    @pytest.mark.parametrize(
        ("header", "expected"),
        [
            (None, Language.EN),
            ("", Language.EN),
            ("zh-CN,zh;q=0.9,en;q=0.8", Language.ZH),
            ("en-GB,zh;q=0.5", Language.EN),
            ("en;q=0.1, zh;q=0.2", Language.ZH),
            ("ZH-Hans", Language.ZH),
            ("de, zh;q=0.3", Language.ZH),
            ("zh;q=0, en;q=0.001", Language.EN),
            ("zh;q=0", Language.EN),
            ("zhx", Language.EN),
            ("zh;q=nan, en", Language.EN),
            ("zh;q=oops", Language.EN),
            ("zh;level=1", Language.ZH),
            (";;;,,q=", Language.EN),
        ],
    )
    def test_a_header__gives_the_preferred_language(self, header, expected):
        assert accepted_language(header) is expected

    def test_nothing_of_ours__gives_the_default(self):
        assert accepted_language("de", default=Language.ZH) is Language.ZH


class TestLocaleLanguage:
    @pytest.mark.parametrize(
        ("environment", "expected"),
        [
            ({}, Language.EN),
            ({"LANG": "zh_CN.UTF-8"}, Language.ZH),
            ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, Language.EN),
            ({"LANG": "C", "LC_MESSAGES": "zh"}, Language.ZH),
            ({"LANG": "en_US.UTF-8", "LC_ALL": ""}, Language.EN),
        ],
    )
    def test_the_first_variable_that_is_set__decides(self, environment, expected):
        assert locale_language(environment) is expected
