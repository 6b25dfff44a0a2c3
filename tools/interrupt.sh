#!/usr/bin/env bash
# A stage that is stopped continues, and nobody can tell: `dvc repro` is stopped at the first checkpoint, by SIGTERM and by SIGKILL, in a scratch clone of HEAD.
source "$(dirname "$0")/scratch.sh"
stage=train@tiny_shakespeare-trm
bytes() { cat results/tiny_shakespeare/trm/* checkpoints/tiny_shakespeare/trm.safetensors runs/tiny_shakespeare/trm.ipynb | sha256sum; }

sed -i '0,/steps: 20, batch: 4, warmup: 5, val_every: 10, save_every: 10/s//steps: 400, batch: 4, warmup: 5, val_every: 400, save_every: 20/' params.yaml
run $stage
whole=$(bytes)
for signal in TERM KILL; do
  setsid dvc repro -f -s $stage > "$scratch/log" 2>&1 & group=$!
  until compgen -G '.resume/*/step-*' > /dev/null; do kill -0 $group || { tail -60 "$scratch/log"; exit 1; }; sleep .02; done
  kill -$signal -- -$group; wait $group || true
  sleep 3   # a kernel whose parent was killed notices within seconds
  compgen -G '.resume/*/step-*' > /dev/null || { echo "SIG$signal came too late to interrupt anything"; exit 1; }
  run -f -s $stage
  [ "$whole" = "$(bytes)" ] || { echo "a stage stopped by SIG$signal did not continue to the same bytes"; exit 1; }
  [ -z "$(find . -name '*.partial*' -not -path './.dvc/*')" ] || { echo 'something half-written is left'; exit 1; }
done
