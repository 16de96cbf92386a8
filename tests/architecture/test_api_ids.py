"""Every id of the API is called `<noun>_id`: in paths, filters, requests and replies."""

from collections.abc import Iterator
from typing import Any

import pytest

from node.api.schemas import shapes
from tests.fixtures.gateway.description import Document, document, objects, operations

__all__ = ["document"]

ID_SHAPES = {shapes.ACCOUNT, shapes.HASH, shapes.VISIT}
ENDINGS = ("_id", "_ids", "_hash")

# What has the form of an id and is none.
NO_IDS = {
    "digest": "names a signed intent, as EIP-712 does",
    "ref": "what moved money: the digest of an intent, or the id of a decision to correct",
    "root": "of the Merkle tree of a catalogue",
    "catalogue_root": "of the Merkle tree of a catalogue",
    "salt": "of an identity's commitment",
    "key": "of a signer: an address, or the hash of a point",
}
# What is signed keeps the names of the contract's structs and of EIP-712.
SIGNED = {"intent", "signatures", "domain", "typed_data"}


def shapes_in(schema: Any) -> set[str]:
    """Return the names of the schemas that a schema refers to."""
    return {one["$ref"].rsplit("/", 1)[1] for one in objects(schema) if "$ref" in one}


def signed_shapes(schemas: Document) -> set[str]:
    """Return the names of the schemas that stand anywhere in what is signed."""
    fields = [schema.get("properties", {}) for schema in schemas.values()]
    found = set[str]()
    following = {
        name for one in fields for field in SIGNED & one.keys() for name in shapes_in(one[field])
    }
    while following:
        found |= following
        following = {name for shape in following for name in shapes_in(schemas[shape])} - found
    return found


def patterns(schema: Any) -> Iterator[str]:
    """Yield the pattern of a value, of each of its choices and of each of its items."""
    if "pattern" in schema:
        yield schema["pattern"]
    for choice in schema.get("anyOf", ()):
        yield from patterns(choice)
    if "items" in schema:
        yield from patterns(schema["items"])


def misnamed(name: str, schema: Any) -> bool:
    """Whether a value has the form of an id and its name does not say so."""
    is_id = not ID_SHAPES.isdisjoint(patterns(schema))
    return is_id and not name.endswith(ENDINGS) and name not in NO_IDS


def properties(document: Document) -> Iterator[tuple[str, str, Any]]:
    """Yield shape, name and schema of every field of requests and replies that is not signed."""
    schemas = document["components"]["schemas"]
    for shape in schemas.keys() - signed_shapes(schemas):
        for name, value in schemas[shape].get("properties", {}).items():
            yield shape, name, value


class TestNames:
    def test_every_field_with_an_id__is_called_after_its_noun(self, document: Document) -> None:
        found = {(shape, name) for shape, name, value in properties(document)
                 if misnamed(name, value)}  # fmt: skip
        assert found == set()

    def test_every_parameter_with_an_id__is_called_after_its_noun(self, document: Document) -> None:
        found = [
            (path, parameter["name"])
            for _, path, operation in operations(document)
            for parameter in operation.get("parameters", [])
            if misnamed(parameter["name"], parameter["schema"])
        ]
        assert found == []

    def test_what_is_signed__is_the_only_place_without_the_rule(self, document: Document) -> None:
        signed = signed_shapes(document["components"]["schemas"])
        assert {"IntentDocument", "SignatureDocument", "DomainDocument"} <= signed
        assert not [shape for shape in signed if shape.endswith(("In", "Out", "Request"))]

    def test_list_of_exceptions__has_none_that_nothing_needs(self, document: Document) -> None:
        used = {name for _, name, _ in properties(document)}
        assert used >= NO_IDS.keys()

    @pytest.mark.parametrize("shape", sorted(ID_SHAPES))
    def test_bare_noun__is_found_alone_optional_and_in_a_list(self, shape: str) -> None:
        plain = {"type": "string", "pattern": shape}
        for schema in (plain, {"anyOf": [plain, {"type": "null"}]}, {"items": plain}):
            assert misnamed("member", schema)
            assert not misnamed("member_id", schema)
