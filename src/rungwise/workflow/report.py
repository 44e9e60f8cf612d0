"""`report`, `checklist`: pages for people, derived from the record."""

from __future__ import annotations

FILE_NAME = "report.html"
