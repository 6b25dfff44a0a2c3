#!/usr/bin/env bash
# A stage that is stopped continues, and nobody can tell: in a scratch clone of HEAD, dvc repro is stopped at
# the first checkpoint, by SIGTERM and by SIGKILL, and dvc exp run as `timeout` stops it.
source "$(dirname "$0")/scratch.sh"
stage=train@tiny_shakespeare-trm
bytes() {
  cat results/tiny_shakespeare/trm/* checkpoints/tiny_shakespeare/trm.safetensors \
    runs/tiny_shakespeare/trm.ipynb | sha256sum
}
fail() { echo "$1"; exit 1; }
from_the_start() { grep -q ' 0/400 ' "$scratch/log"; }   # the progress bar
until_first_checkpoint() {  # of a process
  until compgen -G '.resume/*/step-*' > /dev/null; do
    kill -0 "$1" || { tail -60 "$scratch/log"; exit 1; }
    sleep .02
  done
}

# the smoke run of tiny_shakespeare, which comes first: longer, with more checkpoints
sed -i '0,/steps: 20$/s//steps: 400/
        0,/eval_interval: 10$/s//eval_interval: 400/
        0,/checkpoint_interval: 10$/s//checkpoint_interval: 20/' params.yaml
grep -q 'steps: 400$' params.yaml || fail 'the run was not made longer'
run $stage
from_the_start || fail 'the log shows no progress bar'
whole=$(bytes)
for signal in TERM KILL; do
  setsid dvc repro -f -s $stage > "$scratch/log" 2>&1 &
  group=$!
  until_first_checkpoint $group
  kill -$signal -- -$group
  wait $group || true
  sleep 3   # a kernel whose parent was killed notices within seconds
  compgen -G '.resume/*/step-*' > /dev/null || fail "SIG$signal came too late to interrupt anything"
  run -f -s $stage
  ! from_the_start || fail "a stage stopped by SIG$signal began anew"
  [ "$whole" = "$(bytes)" ] || fail "a stage stopped by SIG$signal did not continue to the same bytes"
  [ -z "$(find . -name '*.partial*' -not -path './.dvc/*')" ] || fail 'something half-written is left'
done

# the command of CONTRIBUTING.md for a GPU, with another seed in place of another scale
in_minutes() { timeout 20m dvc exp run -k -S seed=1 $stage > "$scratch/log" 2>&1; }
in_minutes &
until_first_checkpoint $!
pkill -TERM -P $! timeout   # which passes it on, as when time is up
wait $! && fail 'SIGTERM came too late to interrupt anything'
compgen -G '.resume/*/step-*' > /dev/null || fail 'dvc exp run was stopped and left no checkpoint'
in_minutes || fail "$(tail -60 "$scratch/log")"
! from_the_start || fail 'dvc exp run began anew'
continued=$(bytes)
run -f -s $stage
[ "$continued" = "$(bytes)" ] || fail 'dvc exp run under timeout did not continue to the same bytes'
