#!/usr/bin/env bash
# The whole way on support tickets that this script writes first: goal, sealed split, audit,
# baseline, ladder, test, release, report. A second call repeats nothing that is on record.
set -euo pipefail

folder=${1:-demo/tickets}
here=$(dirname "${BASH_SOURCE[0]}")
export RUNGWISE_PLAIN=1

say() { printf '\n# %s\n' "$*"; }

# Show a command as one would type it, then run it.
show() {
  printf '$'
  printf ' %q' "$@" | sed "s/\\\\ / /g"
  printf '\n'
  "$@"
}
