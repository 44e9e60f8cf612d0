"""What a plug-in must be able to do: a few methods each.

A plug-in receives a context and returns records. It never reaches for the ledger or the
object store: what it needs, the workflow puts into the context.
"""

from rungwise.protocols.audits import Audit, AuditContext, Stage
from rungwise.protocols.diagnoses import Diagnosis, DiagnosisContext
from rungwise.protocols.gates import Compared, Gate, GateContext, Step
from rungwise.protocols.models import Backbone, Encoded, Modality
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
    "DiagnosisContext", "Encoded", "Fitted", "Gate", "GateContext", "HeldOut", "LearnsFaster",
    "LooksUp", "Modality", "Need", "Needs", "Reference", "Rung", "RungContext", "Served", "Serves",
    "Stage", "Step", "TaskKind", "Writer", "writer",
]  # fmt: skip
