"""The other tools, each used as fast as we know how.

Run as a program, this file is the peers written in Python: `peers.py parse|judge|polars ARGUMENTS`.
"""

# ruff: noqa: S608 - SQL made of what is written here

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import dumps

#: In a command, these stand for the dump and for the file to write.
DUMP, OUTPUT = "@dump@", "@output@"

NAMES = ("conversation_created", "conversation_forwarded", "conversation_message_created")


def program(name: str) -> str:
    """Return the path of a program: in this environment, or else on PATH; or just its name.

    DuckDB from PyPI starts through Python; the program inside it is started without.
    """
    if name == "duckdb":
        spec = importlib.util.find_spec("duckdb_cli")
        for folder in (spec and spec.submodule_search_locations) or ():
            if (Path(folder) / name).exists():
                return str(Path(folder) / name)
    own = Path(sys.executable).with_name(name)
    return str(own) if own.exists() else shutil.which(name) or name


def cevents() -> str:
    """Return the path of the cevents that is measured."""
    return program("cevents")


def python(job: str, *arguments: str) -> tuple[str, ...]:
    """Return the command that runs one of the jobs below."""
    return (sys.executable, __file__, job, *arguments)


def duckdb(sql: str, threads: int, *settings: str) -> tuple[str, ...]:
    """Return the command that runs *sql* on so many threads."""
    before = "".join(f"SET {setting}; " for setting in (f"threads={threads}", *settings))
    return (program("duckdb"), "-init", "/dev/null", "-c", before + sql)


#: Lines as they are: no quotes, and a separator that JSON cannot hold.
LINES = "(FORMAT csv, QUOTE '', ESCAPE '', DELIMITER e'\\x01', HEADER false)"
EVENT_NAME = "json_extract_string(json, '$.metadata.event_name')"
EVENT_TIME = "json_extract_string(json, '$.metadata.event_time')::TIMESTAMPTZ"
CONVERSATION = "json_extract_string(json, '$.body.conversation_id')"


def duckdb_filter(condition: str, threads: int, *settings: str) -> tuple[str, ...]:
    """Return the command that writes the lines of which *condition* holds."""
    source = f"read_ndjson_objects('{DUMP}')"
    sql = f"COPY (SELECT json FROM {source} WHERE {condition}) TO '{OUTPUT}' {LINES}"
    return duckdb(sql, threads, *settings)


def duckdb_stats(
    threads: int, source: str = DUMP, layout: str = "newline_delimited"
) -> tuple[str, ...]:
    """Return the command that sums up each conversation, ids as 64-bit integers.

    *source* may be a glob; *layout* is one of DuckDB's formats.
    """
    columns = (
        "{metadata: 'STRUCT(event_name VARCHAR, event_time TIMESTAMPTZ, root_account_id BIGINT)',"
        " body: 'STRUCT(conversation_id BIGINT, message_id BIGINT, author_id BIGINT)'}"
    )
    sql = f"""COPY (
        SELECT metadata.root_account_id, body.conversation_id, count(*),
            count(DISTINCT body.message_id), count(DISTINCT body.author_id),
            epoch_ms(min(metadata.event_time)), epoch_ms(max(metadata.event_time))
        FROM read_json('{source}', format='{layout}', columns={columns})
        WHERE metadata.event_name IN {NAMES} GROUP BY ALL
    ) TO '{OUTPUT}' (FORMAT csv, HEADER true)"""
    return duckdb(sql, threads)


#: The fields of the plain dump's events. JSON is a type of DuckDB's: such a value stays as it is.
METADATA = [
    name
    for name in re.findall(r'"(\w+)":', dumps.ENVELOPE.decode())
    if name not in ("metadata", "event_time", "body")
]
BODY = (
    *("author_id", "conversation_id", "message_id", "redirect_url", "grade", "text"),
    *("submission_id:JSON", "old_grade:JSON", "quiz_id:JSON", "due_at:JSON"),
)
TIMES = ("event_time:TIMESTAMPTZ", "created_at:TIMESTAMPTZ", "updated_at:TIMESTAMPTZ")


def duckdb_convert(zone: str, threads: int) -> tuple[str, ...]:
    """Return the command that writes whole events with all timestamps in *zone*."""
    columns = (
        f"{{metadata: '{_struct(*METADATA, TIMES[0])}', body: '{_struct(*BODY, *TIMES[1:])}'}}"
    )
    source = f"read_json('{DUMP}', format='newline_delimited', columns={columns})"
    sql = f"COPY (SELECT * FROM {source}) TO '{OUTPUT}' (FORMAT json)"
    return duckdb(sql, threads, f"TimeZone='{zone}'")


def _struct(*fields: str) -> str:
    named = (field.partition(":") for field in fields)
    return "STRUCT(" + ", ".join(f"{name} {kind or 'VARCHAR'}" for name, _, kind in named) + ")"


JQ_STATS = r"""
def instant:
    (if endswith("Z") then [.[:-1], 0]
     else [.[:-6], (.[-6:] | (.[:3] | tonumber * 60) + (.[:1] + .[4:] | tonumber))] end)
    as [$clock, $ahead]
    | ($clock[:19] + "Z" | fromdateiso8601 - 60 * $ahead) * 1000
      + ("0" + $clock[19:] | tonumber * 1000) | round;
[inputs | select(.metadata.event_name | startswith("conversation_"))
 | [.metadata.root_account_id, .body.conversation_id, .body.message_id, .body.author_id,
    (.metadata.event_time | instant)]]
| ["header"], (group_by(.[:2])[]
   | [.[0][0], .[0][1], length, (map(.[2] | values) | unique | length),
      (map(.[3] | values) | unique | length), (map(.[4]) | min, max)])
| @csv"""

MILLER_STATS = (
    *("--ijsonl", "--ocsv", "--no-auto-unflatten", "flatten"),
    *("then", "filter", '${metadata.event_name} =~ "^conversation_"'),
    *("then", "cut", "-f"),
    "metadata.root_account_id,body.conversation_id,body.message_id,body.author_id,"
    "metadata.event_time",
    "then",
    "put",
    r"""t = ${metadata.event_time};
    ahead = 0;
    if (t[-1:-1] != "Z") {
        ahead = int(t[-6:-6] . "1")
            * (60 * int(sub(t[-5:-4], "^0", "")) + int(sub(t[-2:-1], "^0", "")));
    }
    $t = 1000 * strptime(t[1:19] . "Z", "%Y-%m-%dT%H:%M:%SZ")
        + int(sub(t[21:23], "^0+(.)", "\1")) - 60000 * ahead;
    $n = 1;""",
    *("then", "stats1", "-a", "count,distinct_count,min,max"),
    *("-f", "n,body.message_id,body.author_id,t"),
    *("-g", "metadata.root_account_id,body.conversation_id"),
    *("then", "unsparsify", "--fill-with", "0"),
    *("-f", "body.message_id_distinct_count,body.author_id_distinct_count"),
    *("then", "cut", "-o", "-f"),
    "metadata.root_account_id,body.conversation_id,n_count,body.message_id_distinct_count,"
    "body.author_id_distinct_count,t_min,t_max",
    DUMP,
)


def parse(dump: str) -> None:
    """Parse every line, and count them."""
    from orjson import loads

    count = 0
    with open(dump, "rb") as file:
        for line in file:
            loads(line)
            count += 1
    print(count)


def judge(schema: str, dump: str) -> None:
    """Count the lines, and those that are valid."""
    from jsonschema_rs import validator_for
    from orjson import JSONDecodeError, loads

    is_valid = validator_for(loads(Path(schema).read_bytes())).is_valid
    count = valid = 0
    with open(dump, "rb") as file:
        for line in file:
            count += 1
            try:
                valid += is_valid(loads(line))
            except JSONDecodeError:
                continue
    print(count, valid)


def polars(dump: str, output: str) -> None:
    """Sum up each conversation."""
    import polars as pl

    text = pl.String()
    schema = {
        "metadata": pl.Struct(dict.fromkeys(("event_name", "event_time", "root_account_id"), text)),
        "body": pl.Struct(dict.fromkeys(("conversation_id", "message_id", "author_id"), text)),
    }
    metadata, body = pl.col("metadata").struct, pl.col("body").struct
    time = metadata.field("event_time").str.to_datetime(
        "%Y-%m-%dT%H:%M:%S%.f%#z", time_unit="ms", time_zone="UTC"
    )
    events = pl.scan_ndjson(dump, schema=schema).select(
        metadata.field("event_name", "root_account_id"),
        time.cast(pl.Int64).alias("first"),
        body.field("*"),
    )
    rows = (
        events.filter(pl.col("event_name").is_in(NAMES))
        .group_by("root_account_id", "conversation_id")
        .agg(
            pl.len(),
            pl.col("message_id").drop_nulls().n_unique(),
            pl.col("author_id").drop_nulls().n_unique(),
            pl.col("first").min(),
            pl.col("first").max().alias("last"),
        )
    )
    rows.sink_csv(output, engine="streaming")


JOBS: dict[str, Callable[..., None]] = {"parse": parse, "judge": judge, "polars": polars}

if __name__ == "__main__":
    JOBS[sys.argv[1]](*sys.argv[2:])
