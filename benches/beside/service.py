"""What somebody would write with FastAPI to take token counts: one of three, by the environment variable TAKES.

TAKES=sqlite    a published factor, and a row in SQLite, committed and synced with every request
TAKES=postgres  a published factor, and a row in PostgreSQL, committed with every request
TAKES=ecologits the emissions by EcoLogits; nothing is stored
"""

import logging
import os
import sqlite3
import time
import uuid
from contextlib import asynccontextmanager

import asyncpg
from ecologits.tracers.utils import llm_impacts
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

GRAMS_PER_TOKEN = {"mistral-large-2": 0.00285}
TABLE = """
    create table if not exists event (
        event_id text primary key, tenant_id text not null, model text not null, received_at_ms bigint not null,
        prompt_tokens integer not null, completion_tokens integer not null
    )
"""
# A sentence about an undisclosed size with every call would be most of the work.
logging.getLogger("ecologits").setLevel(logging.ERROR)


class Call(BaseModel):
    tenant_id: str
    model: str
    prompt_tokens: int
    completion_tokens: int
    region: str | None = None


def row(call: Call) -> tuple:
    now = int(time.time() * 1000)
    return (str(uuid.uuid4()), call.tenant_id, call.model, now, call.prompt_tokens, call.completion_tokens)


def answer(event_id: str, call: Call) -> dict:
    factor = GRAMS_PER_TOKEN.get(call.model)
    if factor is None:
        raise HTTPException(422, "unknown model")
    return {"event_id": event_id, "co2e_g": (call.prompt_tokens + call.completion_tokens) * factor}


@asynccontextmanager
async def lifespan(app: FastAPI):
    if os.environ["TAKES"] == "sqlite":
        # With one process and one connection there is no thread to hand a row to, which costs more than the row.
        app.state.ledger = sqlite3.connect(os.environ["FILE"])
        app.state.ledger.execute("pragma journal_mode = wal")
        app.state.ledger.execute("pragma synchronous = full")
        app.state.ledger.execute(TABLE)
    if os.environ["TAKES"] == "postgres":
        app.state.ledger = await asyncpg.create_pool(os.environ["POSTGRES"], min_size=16, max_size=16)
        await app.state.ledger.execute(TABLE)
    yield


app = FastAPI(lifespan=lifespan)


async def with_sqlite(call: Call):
    values = row(call)
    with app.state.ledger as ledger:
        ledger.execute("insert into event values (?, ?, ?, ?, ?, ?)", values)
    return answer(values[0], call)


async def with_postgres(call: Call):
    values = row(call)
    await app.state.ledger.execute("insert into event values ($1, $2, $3, $4, $5, $6)", *values)
    return answer(values[0], call)


async def with_ecologits(call: Call):
    impacts = llm_impacts("openai", call.model, call.completion_tokens, 5.0, call.region)
    return {"gwp_kg": {"min": impacts.gwp.value.min, "max": impacts.gwp.value.max}}


takes = {"sqlite": with_sqlite, "postgres": with_postgres, "ecologits": with_ecologits}
app.post("/api/v1/track")(takes[os.environ["TAKES"]])
