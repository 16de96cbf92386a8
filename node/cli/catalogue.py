"""The sandbox's catalogue items, from node/devnet/catalogue.json."""

from __future__ import annotations

import json

from node.db.repositories.catalogue import ItemRow
from node.devnet.network.local import ROOT

FILE = ROOT / "node" / "devnet" / "catalogue.json"
REGION = "110000"


def demo_catalogue(catalogue: str) -> list[ItemRow]:
    """Return the demo items as rows of a catalogue; they are valid on every day since 1970."""
    return [
        ItemRow(
            catalogue=catalogue,
            code=item["code"],
            valid_from=0,
            valid_until=None,
            name=item["name"],
            item_class=item["class"],
            self_pay_bp=item["self_pay_bp"],
            price_limit_fen=item["price_limit_fen"],
            limits=None,
        )
        for item in json.loads(FILE.read_text(encoding="utf-8"))
    ]
