"""What a plug-in must be able to do: a few methods each.

A plug-in receives a context and returns records. It never reaches for the ledger or the
object store: what it needs, the workflow puts into the context.
"""

from rungwise.protocols.audits import Audit, AuditContext, Stage
from rungwise.protocols.diagnoses import Diagnosis, DiagnosisContext
from rungwise.protocols.gates import Compared, Gate, GateContext, Step
from rungwise.protocols.modalities import (
    Backbone,
    Encoded,
    Found,
    Keep,
    Modality,
    Near,
    NearPairs,
    Preparation,
    Search,
    searched,
)
from rungwise.protocols.rungs import (
    CHOSEN,
    ONCE,
    Fitted,
    LearnsFaster,
    LooksUp,
    Need,
    Needs,
    Rung,
    RungContext,
    Serves,
)
from rungwise.protocols.serving import HeldOut, Reference, Served, Writer, writer
from rungwise.protocols.tasks import TaskKind

__all__ = [
    "CHOSEN", "ONCE", "Audit", "AuditContext", "Backbone", "Compared", "Diagnosis",
    "DiagnosisContext", "Encoded", "Fitted", "Found", "Gate", "GateContext", "HeldOut", "Keep",
    "LearnsFaster", "LooksUp", "Modality", "Near", "NearPairs", "Need", "Needs", "Preparation",
    "Reference", "Rung", "RungContext", "Search", "Served", "Serves", "Stage", "Step", "TaskKind",
    "Writer", "searched", "writer",
]  # fmt: skip
