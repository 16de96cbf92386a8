"""CometBFT's RPC, read only: signed headers and sets of validators for proof bundles."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson

from node.chain.proofs.comet_json import CometJsonError, commit_of, genesis_of, validators_of
from node.chain.proofs.consensus import MAX_SET, SignedHeader, Validator
from node.domain.errors import ChainUnavailable

TOO_EARLY = "less than or equal to the current blockchain height"


class CannotProveError(Exception):
    """No bundle can be made from this node; `next_step` says what may help."""

    def __init__(self, text: str, next_step: str) -> None:
        super().__init__(text)
        self.next_step = next_step


class NothingToProveError(CannotProveError):
    """There is no such transaction or receipt, or the word is not stored."""


class NotProvableYetError(CannotProveError):
    """The signed header that names the block is not stored yet: ask again after two blocks."""

    def __init__(self, height: int) -> None:
        super().__init__(
            f"block {height - 1} is proved by the votes for block {height}, and they are stored"
            f" with block {height + 1}, which is not there yet",
            "try again in some seconds",
        )


class CometClient:
    """One node's RPC; use as an async context manager.

    Every read raises ChainUnavailable without an answer, and CannotProveError when the node says
    no or answers with something else.
    """

    def __init__(self, url: str, *, timeout_s: float = 10.0) -> None:
        self._url, self._timeout_s = url.rstrip("/"), timeout_s
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the connections."""
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(self._timeout_s))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(self, path: str, *, height: int = 0, **parameters: int) -> dict[str, Any]:
        """Return the result of one call. Errors: NotProvableYetError for a height to come."""
        if self._session is None:
            raise RuntimeError("the client is not open")
        words = {"height": height, **parameters} if height else parameters
        try:
            async with self._session.get(
                f"{self._url}/{path}", params={name: str(one) for name, one in words.items()}
            ) as reply:
                document = orjson.loads(await reply.read())
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise ChainUnavailable from error
        except orjson.JSONDecodeError as error:
            raise self._odd(f"no JSON from /{path}") from error
        result = document.get("result") if isinstance(document, dict) else None
        if not isinstance(result, dict):
            raise self._refusal(document, path, height)
        return result

    def _refusal(self, document: Any, path: str, height: int) -> CannotProveError:
        error = document.get("error") if isinstance(document, dict) else None
        told = str(error.get("data") or error.get("message")) if isinstance(error, dict) else ""
        if height and TOO_EARLY in told:
            return NotProvableYetError(height)
        return CannotProveError(
            f"/{path} of {self._url}: {told or 'no answer of CometBFT'}",
            "ask a node that keeps all blocks, by the --comet address of its CometBFT",
        )

    def _odd(self, text: str) -> CannotProveError:
        return CannotProveError(f"{self._url}: {text}", "is --comet CometBFT's RPC address?")

    async def genesis(self) -> tuple[str, tuple[Validator, ...]]:
        """Return chain id and genesis validators as this node tells them: not to be trusted."""
        answer = await self.get("genesis")
        try:
            return genesis_of(answer["genesis"])
        except (CometJsonError, KeyError) as error:
            raise self._odd(str(error)) from error

    async def validators(self, height: int) -> tuple[Validator, ...]:
        """Return the set of a height, in its order."""
        answer = await self.get("validators", height=height, per_page=MAX_SET)
        try:
            found = validators_of(answer["validators"])
            total = int(answer["total"])
        except (KeyError, ValueError, TypeError) as error:
            raise self._odd(str(error)) from error
        if total != len(found):
            raise self._odd(f"{total} validators are more than a bundle holds")
        return found

    async def signed_header(self, height: int) -> tuple[SignedHeader, tuple[Validator, ...]]:
        """Return a header with the good votes for it, and the set that voted.

        Errors: NotProvableYetError until the next block holds these votes.
        """
        validators = await self.validators(height)
        answer = await self.get("commit", height=height)
        # Until then the votes are this node's own collection, which the next block may replace.
        if answer.get("canonical") is not True:
            raise NotProvableYetError(height)
        try:
            return commit_of(answer["signed_header"], validators), validators
        except (CometJsonError, KeyError) as error:
            raise self._odd(str(error)) from error
