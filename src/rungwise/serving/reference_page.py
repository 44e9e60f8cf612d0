"""`/docs`: the OpenAPI description as one page that loads nothing from another host."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}"
    "code,pre{font-family:ui-monospace,monospace}pre{background:#f4f4f4;padding:1rem;overflow:auto}"
)


def page(openapi: Mapping[str, Any]) -> str:
    """The page of an OpenAPI description."""
    parts = [f"<h1>{escape(openapi['info']['title'])} {escape(openapi['info']['version'])}</h1>"]
    parts.append(f"<p>{escape(openapi['info'].get('description', ''))}</p>")
    parts.append('<p>For machines: <a href="openapi.json">openapi.json</a></p>')
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            parts.append(f"<h2><code>{method.upper()} {escape(path)}</code></h2>")
            parts.append(f"<p>{escape(operation.get('description', ''))}</p>")
    parts.append("<h2>Bodies</h2>")
    for name, schema in openapi.get("components", {}).get("schemas", {}).items():
        shown = escape(json.dumps(schema, indent=2, ensure_ascii=False))
        parts.append(f"<details><summary>{escape(name)}</summary><pre>{shown}</pre></details>")
    body = "\n".join(parts)
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        f"<title>Rungwise</title><style>{STYLE}</style></head><body>{body}</body></html>"
    )
