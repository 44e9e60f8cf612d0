#!/usr/bin/env bash
# Generated text, the whole way: from messages of guests to bookings in JSON. A prompt first, examples
# second, adapters only where neither is enough; then the test, the release and its answers.
set -euo pipefail

folder=${1:-demo/bookings}
here=$(dirname "${BASH_SOURCE[0]}")

source "$here/../steps.sh"

if [[ ! -f $folder/rungwise.yaml ]]; then
  say "Messages to the restaurants of an imaginary booking service, and what each guest means"
  show python "$here/make_data.py" "$folder"

  say "One sentence, one number, and why tuning might be worth it"
  # Twice the calls that pay tuning back in a year: what a call costs is measured, on any machine.
  show rungwise init "$folder" --data "$folder/messages.jsonl" \
    --input message --label booking --id id --model SmolLM2-135M-Instruct \
    --goal "Extract the booking from a guest's message as JSON with at least 75 percent field F1" \
    --metric json_f1 --min 0.75 \
    --set policy.validation_share=0.18 --set generation.shots=10 \
    --set "training.learning_rates=[4e-3, 1e-3, 5e-4]" \
    --set "need.wrong=[style, volume]" --set need.calls_per_month=60000000 \
    --set need.knowledge_changes=never --set cost.people=10000
fi

say "Up the ladder: split, audit, prompt, examples, and adapters where they are earned"
show rungwise run -C "$folder" || (($? == 3)) # a gate that this story answers for below, by name

say "What a call of each rung costs"
show rungwise cost -C "$folder"

if [[ ! -d $folder/releases/v1.0 ]]; then
  say "Validation has said all it can: the seal is opened, once"
  earned forgetting "The model is asked for bookings and for nothing else" \
    rungwise test -C "$folder"

  say "What is deployed answers every measured row as the evaluated model did"
  shipped "$folder" "These are the messages we have, and a guest is called back where in doubt"
fi

say "Answers of the release"
show rungwise predict -C "$folder" --release v1.0 "$folder/new.jsonl" -o "$folder/answers.jsonl"
head -n 3 "$folder/answers.jsonl"

say "Nobody has changed the record since"
show rungwise verify -C "$folder"

say "Where it stands, and everything in one page"
show rungwise status -C "$folder"
show rungwise report -C "$folder"
