#!/usr/bin/env bash
# A stage that is stopped continues, and nobody can tell: in a scratch clone of HEAD, dvc repro is stopped at
# the first checkpoint, by SIGTERM and by SIGKILL.
source "$(dirname "$0")/scratch.sh"
stage=train@tiny_shakespeare-trm
bytes() {
  cat results/tiny_shakespeare/trm/* checkpoints/tiny_shakespeare/trm.safetensors \
    runs/tiny_shakespeare/trm.ipynb | sha256sum
}
fail() { echo "$1"; exit 1; }

# the smoke run of tiny_shakespeare, which comes first: longer, with more checkpoints
sed -i '0,/steps: 20$/s//steps: 400/
        0,/eval_interval: 10$/s//eval_interval: 400/
        0,/checkpoint_interval: 10$/s//checkpoint_interval: 20/' params.yaml
grep -q 'steps: 400$' params.yaml || fail 'the run was not made longer'
run $stage
whole=$(bytes)
for signal in TERM KILL; do
  setsid dvc repro -f -s $stage > "$scratch/log" 2>&1 &
  group=$!
  until compgen -G '.resume/*/step-*' > /dev/null; do
    kill -0 $group || { tail -60 "$scratch/log"; exit 1; }
    sleep .02
  done
  kill -$signal -- -$group
  wait $group || true
  sleep 3   # a kernel whose parent was killed notices within seconds
  compgen -G '.resume/*/step-*' > /dev/null || fail "SIG$signal came too late to interrupt anything"
  run -f -s $stage
  [ "$whole" = "$(bytes)" ] || fail "a stage stopped by SIG$signal did not continue to the same bytes"
  [ -z "$(find . -name '*.partial*' -not -path './.dvc/*')" ] || fail 'something half-written is left'
done
