#!/usr/bin/env bash
# The whole way on support tickets that the first step writes: goal, sealed split, audit,
# baseline, ladder, test, release, report. A second call repeats nothing that is on record.
set -euo pipefail

folder=${1:-demo/tickets}
here=$(dirname "${BASH_SOURCE[0]}")

source "$here/../steps.sh"

if [[ ! -f $folder/rungwise.yaml ]]; then
  say "Tickets of an imaginary shop, with the problems that real ones have"
  show python "$here/make_data.py" "$folder"

  say "One sentence and one number"
  show rungwise init "$folder" --data "$folder/questions.csv" \
    --input text --label label --id ticket --group customer \
    --goal "Route support tickets to eight teams with at least 82 percent accuracy" \
    --set policy.validation_share=0.2 --set policy.test_share=0.2 \
    --set policy.cross_validate_below=200 --set policy.settle_seconds=300
fi

say "Split before anything looks at the rows; the test part is sealed"
show rungwise split -C "$folder"

say "Audit before any model is touched"
show rungwise audit -C "$folder"

say "The keyword rules in use today compete for baseline"
show rungwise climb -C "$folder" --import "$folder/rules-2024.csv" --name rules-2024

say "Up the ladder: each rung only when the one below fell short"
show rungwise run -C "$folder" || (($? == 3)) # a slow machine may not come to the rung that reaches it

if [[ ! -d $folder/releases/v1.0 ]]; then
  say "Validation has said all it can: the seal is opened, once"
  show rungwise test -C "$folder"

  say "What the test confirms is frozen as a release"
  shipped "$folder" "These are the rows we have, and a wrong team costs one forward"
fi

say "Answers of the release, without a training stack"
show rungwise predict -C "$folder" --release v1.0 "$folder/new.csv" -o "$folder/answers.jsonl"
head -n 2 "$folder/answers.jsonl"

say "A second look at the test part is refused"
show rungwise test -C "$folder" || (($? == 3))

say "Nobody has changed the record since"
show rungwise verify -C "$folder"
show rungwise log -C "$folder" --kind attempt

say "Where it stands, and everything in one page"
show rungwise status -C "$folder"
show rungwise report -C "$folder"
