"""`yibao sign`: sign an intent with a key file, on a machine that needs no gateway."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from node.cli.inputs import read_object
from node.cli.key_files import FORM, read_key_file
from node.domain.language import Language, locale_language
from node.intents.documents import SigningDocument, read_staff_file
from node.intents.typed_data import typed_data_json
from node.intents.words import moment, words_of

TEXTS = {
    Language.ZH: {
        "signing": "签署人：{signer}",
        "network": "网络：链 {chain_id}，路由合约 {router}；有效至 {deadline}",
        "missing": "还缺 {party} {account} 的签名：请对方对本输出再执行 yibao sign",
        "complete": "签名齐全：可直接提交",
    },
    Language.EN: {
        "signing": "signed by: {signer}",
        "network": "network: chain {chain_id}, router {router}; good until {deadline}",
        "missing": "still missing: {party} {account}, who runs yibao sign on this output",
        "complete": "complete: post it as it stands",
    },
}


def sign(
    request: Annotated[
        Path,
        typer.Argument(help="Answer of a `…/intents` route, or output of `sign`; `-` reads stdin."),
    ],
    key_file: Annotated[
        Path, typer.Option("--key", help=f"Key file, readable by you only: `{FORM}`.")
    ],
    ward: Annotated[
        str | None, typer.Option(help="Party you are the guardian of, if you sign for it.")
    ] = None,
    lang: Annotated[
        Language | None, typer.Option(help="Language of the words; default: that of the locale.")
    ] = None,
) -> None:
    """Sign an intent and print what the matching `POST` takes, as it stands.

    What is signed is told on stderr, in words rebuilt from the intent (M03). A second party signs
    the printed document again. The key file names its account, and signs for no other one.
    """
    language = lang or locale_language(os.environ)
    document = read_object(request, place="REQUEST")
    key = read_key_file(key_file, place="--key")
    is_file = "rows" in document
    read = read_staff_file(document) if is_file else [SigningDocument.read(document)]
    signed = [one.signed_by(key.signer, key.account, ward=ward) for one in read]
    _tell(signed, signer=key.account, language=language)
    shown: Any = [one.to_json() for one in signed]
    print(json.dumps({"items": shown} if is_file else shown[0], indent=1, ensure_ascii=False))


def _tell(signed: Sequence[SigningDocument], *, signer: str, language: Language) -> None:
    """Tell on stderr what is signed by whom, where it holds, and who else must sign."""
    texts = TEXTS[language]
    for one in signed:
        message = typed_data_json(one.intent, one.domain)["message"]
        _line(words_of(one.intent, language))
        _line(json.dumps(message, indent=1, ensure_ascii=False))
    last = signed[-1]
    _line(texts["signing"].format(signer=signer))
    _line(
        texts["network"].format(
            chain_id=last.domain.chain_id,
            router=last.domain.verifying_contract,
            deadline=moment(min(one.intent.deadline for one in signed)),
        )
    )
    missing = [one for document in signed for one in document.missing.items()]
    for party, account in missing:
        _line(texts["missing"].format(party=party, account=account))
    if not missing:
        _line(texts["complete"])


def _line(text: str) -> None:
    print(text, file=sys.stderr)
