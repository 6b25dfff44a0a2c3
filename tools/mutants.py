"""The mutation test: plant one bug at a time into a scratch copy of the notebooks and demand that the normal tests fail with an AssertionError.

    python tools/mutants.py          the required bugs, two at a time
    python tools/mutants.py --all    further bugs too, after a control: the notebooks pass as they are
    python tools/mutants.py mask     the bugs whose name contains `mask`"""
import json, os, re, shutil, subprocess, sys, tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# name | notebook to change | notebooks that ought to notice, tried in order | code that stands there exactly once | what stands there instead
REQUIRED = [
 ('causal mask off by one', '03_layers', '03_layers', 'attn_mask=mask, is_causal=mask is None,', 'attn_mask=torch.ones(q.shape[2], q.shape[2], dtype=torch.bool).tril(1) if mask is None else mask,'),
 ('label shift off by one, loss', '07_eval', '07_eval', 'carry=carry), window[:, 1:]', 'carry=carry), window[:, :-1]'),
 ('label shift off by one, evaluation', '07_eval', '07_eval', 'targets = window[:, -logits.shape[1]:]', 'targets = window[:, :logits.shape[1]]'),
 ('evaluation in training mode', '07_eval', '07_eval', 'in order, under `protocol`"\n    model.eval()', 'in order, under `protocol`"\n    model.train()'),
 ('missing detach', '05_trm', '05_trm', '(last or not (m.detach and model.training))', 'True'),
 ('validation read from train', '11_trainer', '11_trainer', "ids = tokens.split('validation')\n    if model.protocols", "ids = tokens.split('train')\n    if model.protocols"),
 ('chunk mask reads its own future', '05_trm', '05_trm', 'torch.cat([last[:, None] >= own,', 'torch.cat([last[:, None] + 1 >= own,'),
 ('wrong word count in the perplexity', '07_eval', '07_eval', "math.exp(nats/counts['words'])", "math.exp(nats/counts['tokens'])"),
]
FURTHER = [
 # models
 ('places not turned', '03_layers', '03_layers', 'rotate(qk, turn).chunk(2, 2)', 'qk.chunk(2, 2)'),
 ('drafts stand where they lie', '05_trm', '05_trm', 'torch.cat([places, last + own])', 'torch.arange(length + len(last))'),
 ('loop forgets its input', '04_flat', '04_flat', 'h = self.f(h + x)', 'h = self.f(h)'),
 ('context mask off by one', '05_trm', '05_trm', 'own[:, None] >= own', 'own[:, None] + 1 >= own'),
 ('chunks see each other', '05_trm', '05_trm', 'last[:, None] == last]', 'last[:, None] >= last]'),
 ('one refinement too few', '05_trm', '05_trm', 'for t in range(m.T):', 'for t in range(m.T - 1):'),
 ('answer reads the input', '05_trm', '05_trm', 'y = see(y + z)', 'y = see(x + y + z)'),
 ('carry keeps its graph', '05_trm', '05_trm', 'return y, (y.detach(), z.detach())', 'return y, (y, z)'),
 ('logits run one supervision step', '05_trm', '05_trm', 'for _ in range(self.m.n_sup):\n            out', 'for _ in range(1):\n            out'),
 # scores
 ('stride scores tokens twice', '07_eval', '07_eval', 'done - start, new\n', '0, len(window) - 1\n'),
 ('padding counted', '07_eval', '07_eval', 'new = len(window) - 1 - (done - start)', 'new = length - (done - start)'),
 ('nats called bits', '07_eval', '07_eval', "nats/counts['bytes']/math.log(2)", "nats/counts['bytes']"),
 ('ends of line not counted', '01_data', '01_data', "len(text.split()) + text.count('\\n')", 'len(text.split())'),
 ('dropout left on in sampling', '07_eval', '07_eval', '0 takes the most likely"\n    model.eval()', '0 takes the most likely"\n    model.train()'),
 ('dropout left on in the copy score', '07_eval', '07_eval', 'Not a likelihood"\n    model.eval()', 'Not a likelihood"\n    model.train()'),
 ('probe looks one token too late', '08_probes', '08_probes', 'horizon(protocol, first + i, model.m) <= cut]', 'horizon(protocol, first + i, model.m) < cut]'),
 # data
 ('last window never drawn', '02_tokens', '15_properties', 'return len(ids) - length + 1', 'return max(1, len(ids) - length)'),
 ('batches depend on the global generator', '02_tokens', '15_properties', ', generator=torch.Generator().manual_seed(step_seed(seed, step)))', ')'),
 ('pieces end behind whitespace', '02_tokens', '15_properties 02_tokens', '0 < (cut := len(held.rstrip(SPACE))) < len(held)', '0 < (cut := len(held))'),
 ('validation tokens are those of train', '02_tokens', '08_probes', 'lines = read_lines(corpus, split, source)', "lines = read_lines(corpus, split if split == 'test' else 'train', source)"),
 # training
 ('chunk loss target shifted', '07_eval', '07_eval', 'targets.repeat(1, y.shape[1]//n)', 'torch.cat([targets, window[:, :-1]][:y.shape[1]//n], 1)'),
 ('supervision steps start afresh', '11_trainer', '11_trainer', 'objective(window, carry)', 'objective(window, None)'),
 ('weight decay on norms', '11_trainer', '11_trainer', 'weight_decay=t.weight_decay*matrix', 'weight_decay=t.weight_decay'),
 ('warm-up skipped', '11_trainer', '11_trainer', 'if step < t.warmup: return peak*(step + 1)/t.warmup', 'if step < t.warmup: return peak'),
 ('schedule not applied', '11_trainer', '11_trainer', "for group in opt.param_groups: group['lr'] = lr_at(step, cfg.train, group['peak'])", 'pass'),
 ('matrices left to AdamW', '11_trainer', '11_trainer', 'if t.muon else set()', 'if t.muon > 1 else set()'),
 ('clip skipped', '11_trainer', '11_trainer', 'clip_grad_norm_(model.parameters(), cfg.train.clip)', "clip_grad_norm_(model.parameters(), float('inf'))"),
 ('average never updated', '11_trainer', '11_trainer', 'opt.step(); update_average(average, model, cfg.train.ema)', 'opt.step()'),
 ('average thrown away', '11_trainer', '11_trainer', 'return average.eval(), log', 'return model.eval(), log'),
 ('training reads validation', '11_trainer', '11_trainer', "ids, every = tokens.split('train')", "ids, every = tokens.split('validation')"),
 ('two processes read the same rows', '09_machine', '09_machine', '[:, self.rank])', '[:, 0])'),
 ('parts of a batch added, not averaged', '11_trainer', '11_trainer', '(loss/parts).backward()', 'loss.backward()'),
 ('steps not seeded', '11_trainer', '11_trainer', 'seed_everything(cfg.seed, step + 1 + rank*cfg.train.steps)', 'pass'),
 ('optimiser moments not restored', '10_checkpoints', '10_checkpoints', "opt.load_state_dict({'state': moments", "dict({'state': moments"),
]
ROOT = Path(__file__).resolve().parents[1]
BINARIES = Path(sys.executable).parent

def copy(folder: Path):
    "What the notebooks need to run; the mirror is large and only read, so it is linked"
    for name in ('nbs', 'trm'): shutil.copytree(ROOT/name, folder/name, ignore=shutil.ignore_patterns('__pycache__', '.ipynb_checkpoints'))
    for name in ('settings.ini', 'pyproject.toml', 'setup.py', 'params.yaml', 'README.md'): shutil.copy(ROOT/name, folder)
    (folder/'mirror').symlink_to(ROOT/'mirror')

def planted(name, notebook, _, old, new) -> str:
    "The notebook with `old` replaced by `new` in the one place that has it"
    content = json.loads((ROOT/'nbs'/f'{notebook}.ipynb').read_text(encoding='utf-8'))
    cells = [c for c in content['cells'] if c['cell_type'] == 'code']
    found = sum(''.join(c['source']).count(old) for c in cells)
    if found != 1: sys.exit(f'{name}: nbs/{notebook}.ipynb has {found} places like {old!r}, not one: adapt the table in tools/mutants.py')
    for c in cells: c['source'] = ''.join(c['source']).replace(old, new)
    return json.dumps(content)

def tests(folder: Path, notebook: str) -> str:
    "What failed in `notebook`: '' or the failing line and the error"
    env = os.environ | dict(PYTHONPATH=str(folder), PATH=f'{BINARIES}:{os.environ["PATH"]}', OMP_NUM_THREADS='1', HF_HUB_OFFLINE='1', MPLBACKEND='agg', PYTHONDONTWRITEBYTECODE='1')
    run = lambda *command: subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    if (export := run('nbdev_export')).returncode: return f'nbdev_export: {export.stderr.strip().splitlines()[-1]}'
    if not (done := run('nbdev_test', '--path', f'nbs/{notebook}.ipynb')).returncode: return ''
    error = re.search(r'^\w+(?= in )|^\w*(?:Error|Exception)\b', done.stderr, re.M)
    lines = re.findall(r'File "<ipython-input[^\n]*\n\s+(\S[^\n]*)', done.stderr)
    return f'{error[0] if error else done.stderr.strip()[-80:]}: {lines[-1] if lines else ""}'

def judge(mutant) -> tuple:
    "(as wanted, the line to print) for one mutant"
    name, notebook, catchers, *_ = mutant
    with tempfile.TemporaryDirectory() as scratch:
        copy(Path(scratch))
        if notebook: Path(scratch, 'nbs', f'{notebook}.ipynb').write_text(planted(*mutant), encoding='utf-8')
        for catcher in catchers.split():
            seen = tests(Path(scratch), catcher)
            if not notebook: return not seen, f'{"FAILED " if seen else "passes "} {name}: {catcher} {seen}'
            if seen.startswith('AssertionError'): return True, f'killed   {name}  by {catcher}{seen.removeprefix("AssertionError")}'
    return False, f'SURVIVED {name}' + (f': {catcher} stopped with {seen}' if seen else '')

def main():
    for mutant in REQUIRED + FURTHER: planted(*mutant)   # the whole table fits the code, or nothing starts
    words = [a for a in sys.argv[1:] if a != '--all']
    mutants = [m for m in REQUIRED + FURTHER if any(w in m[0] for w in words)] if words else REQUIRED + FURTHER*('--all' in sys.argv)
    control = [('control', '', c, '', '') for c in sorted({c for m in mutants for c in m[2].split()})] if '--all' in sys.argv else []
    wrong = 0
    with ThreadPoolExecutor(2) as pool:
        for ok, line in pool.map(judge, control + mutants):
            print(line, flush=True); wrong += not ok
    print(f'{len(mutants)} mutants, {wrong} not as they should be')
    sys.exit(wrong > 0)

if __name__ == '__main__': main()
