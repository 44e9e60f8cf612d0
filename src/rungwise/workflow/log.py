"""`log` and `verify`: read the ledger, and prove that nobody has changed it."""

from __future__ import annotations

from rungwise.ledger.entry import Entry
from rungwise.ledger.read import entries
from rungwise.ledger.verify import Verified
from rungwise.ledger.verify import verify as check
from rungwise.release.package import check as check_release
from rungwise.workflow.data_version import verify_chains
from rungwise.workflow.workspace import Workspace


def log(workspace: Workspace, kind: str | None = None) -> list[Entry]:
    """Every entry, oldest first, or those of one kind."""
    return entries(workspace.ledger, kind)


def verify(workspace: Workspace, *, weights: bool = True) -> Verified:
    """Re-derive every hash, and hash every object and release on record, the sealed part included.

    Every curation is replayed from its split and must give the rows on record. Fitted files may
    be absent, and are counted, unless `weights`.

    Raises:
        LedgerError: An entry or an object that it names has changed; the first bad one is named.
    """
    verified = check(workspace.ledger, workspace.objects, workspace.sealed, weights=weights)
    verify_chains(workspace)
    for release in workspace.state.releases:
        if (folder := workspace.folder / release.folder).is_dir():
            check_release(folder, release.manifest, release.about)
    return verified
