#!/usr/bin/env bash
# A quarter of a release in production: served over HTTP, watched, found to have changed, labelled,
# refreshed and promoted by name. The servers and the requests are real; the dates are not: `--on` says
# which day it is taken for, so that a quarter takes minutes.
set -euo pipefail

demo=${1:-demo/tickets}
folder=${2:-demo/quarter}
port=${PORT:-8765}
here=$(dirname "${BASH_SOURCE[0]}")
kim=(--by "Kim Sato" --role operations)

source "$here/../steps.sh"

if [[ ! -d $demo/releases/v1.0 ]]; then
  echo "There is no release in $demo: run \`make demo\` first." >&2
  exit 1
fi
rm -rf "$folder"
cp -r "$demo" "$folder"
truth=$folder/truth.csv
today=$(date -u +%F)
day_of_week() { date -u -d "$today + $((7 * ($1 - 1) + 2)) days" +%F; }

server=
trap '[[ -z $server ]] || kill "$server" 2>/dev/null || true' EXIT
serve() { # starts a server and waits until it is ready
  printf '$ rungwise serve -C %s --port %s --on %s &\n' "$folder" "$port" "$1"
  rungwise serve -C "$folder" --port "$port" --on "$1" --deadline 30 2>"$folder/serve.log" &
  server=$!
  for _ in $(seq 600); do
    curl -sf "http://127.0.0.1:$port/health/ready" >/dev/null && return
    kill -0 "$server" 2>/dev/null || { cat "$folder/serve.log" >&2; exit 1; }
    sleep 0.1
  done
  echo "The server is not ready." >&2
  exit 1
}
stop() { # SIGTERM: what is in is answered, and the sample is written
  kill "$server"
  wait "$server"
  server=
}

say "A named person puts the release into production"
show rungwise release promote v1.0 "${kim[@]}" --reason "the test confirms it" -C "$folder"

checked() { # WEEK: people label some of its tickets, blind, once it is over
  local over
  over=$(day_of_week $(($1 + 1)))
  show rungwise monitor draw -C "$folder" --on "$over" -o "$folder/week-$1.csv"
  python "$here/traffic.py" label "$folder/week-$1.csv" --truth "$truth"
  show rungwise monitor labels "$folder/week-$1.csv" -C "$folder" --on "$over"
  show rungwise monitor check -C "$folder" --on "$over"
}

for week in 1 2 3 4; do
  say "Week $week: requests as they were, and a hundred that people have read"
  serve "$(day_of_week "$week")"
  python "$here/traffic.py" send "$folder" --port "$port" --week "$week"
  stop
  checked "$week"
done

say "Week 5: the shop opens in Austria, and nobody tells the model"
serve "$(day_of_week 5)"
python "$here/traffic.py" send "$folder" --port "$port" --week 5
stop
show rungwise monitor check -C "$folder" --on "$(day_of_week 5)"

say "Different is not worse: people label some of the week's tickets, blind"
checked 5

say "Now it is known to be worse, and somebody takes the alarm on, by name"
show rungwise monitor alarms -C "$folder" --on "$(day_of_week 6)"
alarm=$(rungwise monitor alarms -C "$folder" --on "$(day_of_week 6)" |
  awk '/They are answered worse/ {print $1; exit}')
show rungwise monitor acknowledge "$alarm" --by "Kim Sato" -C "$folder" --on "$(day_of_week 6)"

say "Tickets that people have labelled since become a refresh"
printf 'training:\n  epochs: 6\n' >>"$folder/rungwise.yaml" # minutes, not a quarter of an hour
python "$here/traffic.py" rows "$folder/labelled.csv" --rows 600
show rungwise refresh --plan -C "$folder"
show rungwise refresh "$folder/labelled.csv" --because "German tickets since week 5" \
  --confirm-monitoring "Kim Sato" -C "$folder"

say "The server that runs changes when a named person has decided"
serve "$(day_of_week 6)"
python "$here/traffic.py" send "$folder" --port "$port" --week 6 --rows 100
code=0
show rungwise release promote v1.1 "${kim[@]}" --reason "better on fresh tickets" -C "$folder" || code=$?
if ((code == 3)); then
  low=$(rungwise status -C "$folder" --json |
    python -c 'import json, sys; print(round(json.load(sys.stdin)["test"]["goal"]["low"], 3))')
  show rungwise release promote v1.1 "${kim[@]}" --reason "better on fresh tickets" -C "$folder" \
    --go --down-to "$low"
elif ((code)); then
  exit "$code"
fi
for _ in $(seq 100); do
  curl -s "http://127.0.0.1:$port/v1/model" | grep -q '"release":"v1.1"' && break
  sleep 0.1
done
python "$here/traffic.py" send "$folder" --port "$port" --week 7
stop
cat "$folder/.rungwise/served.jsonl" | tail -n 2

say "What was in production when, and who decided"
show rungwise release history -C "$folder"
show rungwise monitor close "$alarm" --by "Kim Sato" --reason "v1.1 has learnt German" -C "$folder"
show rungwise verify -C "$folder"
