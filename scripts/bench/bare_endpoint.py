"""The least that FastAPI can do: one async endpoint that answers one JSON document."""

from __future__ import annotations

import json
import os
from typing import Any

import uvicorn
from fastapi import FastAPI

app = FastAPI()
DOCUMENT: dict[str, Any] = json.loads(os.environ.get("BARE_DOCUMENT", "{}"))


@app.get("/balance")
async def balance() -> dict[str, Any]:
    """Answer the document."""
    return DOCUMENT


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["BARE_PORT"]), log_level="error", loop="uvloop")
