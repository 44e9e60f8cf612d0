"""The only home of torch loops: trunk cache, freezing, adapters, heads."""

import os

# Two processes on the same cores: threads that spin while they wait cost up to 5×. Read by the
# OpenMP runtime when torch is loaded, hence before any import of it.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
