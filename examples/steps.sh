# How a demo tells its story: sourced by each `climb.sh`.

say() { printf '\n── %s\n' "$*"; }

# Print a command as one would type it, then run it.
show() {
  local word line='$'
  for word in "$@"; do
    if [[ $word == *[!A-Za-z0-9_./:=,+-]* ]]; then word="\"$word\""; fi
    line+=" $word"
  done
  printf '%s\n' "$line"
  "$@"
}

# Run a step behind a gate. Where a gate holds (exit code 3) that this story can answer for, a
# named person accepts it, on record and on every report from then on.
earned() {
  local gate=$1 reason=$2 code=0
  shift 2
  show "$@" || code=$?
  if ((code == 3)); then
    show "$@" --override "$gate" --by "Dana Reyes" --role business --reason "$reason"
  elif ((code)); then
    exit "$code"
  fi
}

# Release what was tested; operations confirms how it is watched, by name. Where the test leaves it open that the target is reached (exit code 3), a
# named person accepts the low end of its interval, typed again: the go decision, on record.
shipped() {
  local folder=$1 reason=$2 code=0 low
  show rungwise ship -C "$folder" --confirm-monitoring "Kim Sato" || code=$?
  if ((code == 3)); then
    low=$(rungwise status -C "$folder" --json |
      python -c 'import json, sys; print(round(json.load(sys.stdin)["test"]["goal"]["low"], 3))')
    show rungwise ship -C "$folder" --confirm-monitoring "Kim Sato" \
      --go --down-to "$low" --by "Dana Reyes" --role business --reason "$reason"
  elif ((code)); then
    exit "$code"
  fi
}
