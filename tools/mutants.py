"""The mutation test: plant one bug at a time into a scratch copy of the notebooks, and demand that the normal
tests fail with an AssertionError.

    python tools/mutants.py          the required bugs, two at a time
    python tools/mutants.py --all    further bugs too, after a control: the notebooks pass as they are
    python tools/mutants.py mask     the bugs whose name contains `mask`"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

# What is wrong: notebook; the notebooks that ought to notice, tried in this order (by default only itself)
# - code that stands in the notebook exactly once
# + what stands there instead
REQUIRED = r'''
causal mask off by one: 04_layers
- attn_mask=mask, is_causal=mask is None,
+ attn_mask=torch.ones(q.shape[2], q.shape[2], dtype=torch.bool).tril(1) if mask is None else mask,

label shift off by one, loss: 15_trainer
- return window[:, :model.config.window], window[:, -model.n_targets:]
+ return window[:, :model.config.window], window[:, -model.n_targets - 1:-1]

label shift off by one, evaluation: 09_evaluation
- targets = window[:, -logits.shape[-2]:].expand
+ targets = window[:, :logits.shape[-2]].expand

evaluation in training mode: 09_evaluation
- of every token of `ids`, in order"
-     model.eval()
+ of every token of `ids`, in order"
+     model.train()

missing detach: 08_model
- detached = self.config.detach and self.training and i < T - 1
+ detached = False

validation read from train: 09_evaluation; 15_trainer
- _mean_nll(model, tokens.split('validation'),
+ _mean_nll(model, tokens.split('train'),

chunk mask reads its own future: 06_transformer
- draft_to_context = anchor[:, None] >= position
+ draft_to_context = anchor[:, None] + 1 >= position

wrong word count in the perplexity: 09_evaluation
- math.exp(nll/counts['words'])
+ math.exp(nll/counts['tokens'])
'''
FURTHER = r'''
positions not rotated: 04_layers
- return product(pairs, freqs_cis[:, None])
+ return pairs

drafts numbered by their index in the tensor: 06_transformer
- torch.cat([positions, positions[anchor] + offset_in_chunk])
+ torch.arange(len(positions) + len(anchor))

loop forgets its input: 06_transformer
- h = self.blocks(add(h, x), positions, mask)
+ h = self.blocks(add(h, x*0), positions, mask)

logits run one supervision step: 06_transformer; 08_model
- for _ in range(self.config.n_sup):
+ for _ in range(1):

context mask off by one: 06_transformer
- context_to_context = position[:, None] >= position
+ context_to_context = position[:, None] + 1 >= position

chunks see each other: 06_transformer
- draft_to_draft = anchor[:, None] == anchor
+ draft_to_draft = anchor[:, None] >= anchor

one refinement too few: 08_model
- in enumerate(islice(cycle(self.refine_steps), T)):
+ in enumerate(islice(cycle(self.refine_steps), 1)):

recursion forgets the input: 08_model
- z = f(add(x, y, z), positions, mask)
+ z = f(add(x*0, y, z), positions, mask)

answer reads the input: 08_model
- n_into_y = 2 if config.x_enters == 'z' else 3
+ n_into_y = 3

carry keeps its graph: 08_model
- carry.y, carry.z = (state.detach() for state in pairs[-1])
+ carry.y, carry.z = pairs[-1]

embeddings not scaled: 06_transformer
- return self.config.emb_scale*self.tok_emb(tokens)
+ return self.tok_emb(tokens)

head scaled as well: 06_transformer
- return F.linear(self.norm(hidden), self.tok_emb.weight)
+ return F.linear(self.norm(hidden), self.config.emb_scale*self.tok_emb.weight)

drafts not scaled: 06_transformer; 08_model
- place = model.config.emb_scale*model.chunk_pos_emb(offset_in_chunk)
+ place = model.chunk_pos_emb(offset_in_chunk)

states that grow in spite of state_norm: 04_layers; 06_transformer
- return F.rms_norm(h, h.shape[-1:]) if self.state_norm and not self.inject else h
+ return h

supervision of all passes forgotten: 06_transformer; 08_model
- for hidden in hiddens[every - 1::every]:
+ for hidden in hiddens[-1:]:

supervision of every pass instead of every refinement: 06_transformer
- for hidden in hiddens[every - 1::every]:
+ for hidden in (hiddens if self.config.supervise != 'last' else hiddens[-1:]):

stopping by what the answer costs: 42_stopping
- return first_below(seen[rule], threshold)
+ return peek(windows, reader)

drawn depth ignored: 15_trainer
- carries = [Carry(T=drawn_refinements(cfg, step)) for _ in micro_batches]
+ carries = [Carry() for _ in micro_batches]

depth drawn anew when continued: 15_trainer
- generator = torch.Generator().manual_seed(step_seed(cfg.seed, 2*cfg.train.steps + step))
+ generator = None

x enters where it should not: 08_model
- n_into_z = 2 if config.x_enters == 'y' else 3
+ n_into_z = 3

learned weights ignored: 06_transformer
- return sum(weight*state for weight, state in zip(self.weights, states))
+ return sum(states)

all refinements of warm with gradient: 07_documented
- if self.training and t < T - 1 else
+ if False else

chunk loss target shifted: 05_loss
- targets.repeat(1, n_copies)
+ torch.cat([targets, targets.roll(1, 1)][:n_copies], 1)

chunk weight ignored: 05_loss
- loss_weights[:, n_targets:] *= chunk_weight
+ pass

stride scores tokens twice: 09_evaluation
- offsets >= length - stride
+ offsets >= 0

padding counted: 09_evaluation
- is_new & (positions < len(ids))
+ is_new

test divided by the counts of validation: 09_evaluation
- tokens.meta[split], cfg.corpus.unit
+ tokens.meta['validation'], cfg.corpus.unit

test column scored on validation: 09_evaluation
- text = tokens.split(split), tokens.meta['bos_id']
+ text = tokens.split('validation'), tokens.meta['bos_id']

parallel scored as ar: 09_evaluation
- token_nll(model, *text, cfg.eval.stride, protocol)
+ token_nll(model, *text, cfg.eval.stride, 'ar')

nats called bits: 09_evaluation
- nll/counts['bytes']/math.log(2)
+ nll/counts['bytes']

ends of line not counted: 02_data
- len(text.split()) + text.count('\n')
+ len(text.split())

dropout left on in sampling: 10_sampling
- stride, cache)
-     model.eval()
+ stride, cache)
+     model.train()

probe looks one token too late: 26_leaks
- blind = subject.visible <= starts[:, None]
+ blind = subject.visible < starts[:, None]

probe takes a leak for rounding: 26_leaks
- if exact.size > allowed:
+ if exact.size > 1e3 + allowed:

probe finds no gradient: 26_leaks
- return move if move.size > allowed else Move()
+ return Move()

probe never replaces the other rows: 26_leaks
- batch[row] = window
+ batch[:] = window

probe carries a state from call to call: 26_leaks; 27_leak_panel
- subject.state.restore()
-     subject.reset()
+ subject.reset()

probe leaves a model in float64: 26_leaks
- tensor.data = data
+ pass

probe does not enlarge the weights: 26_leaks; 27_leak_panel
- return _judge(subject, measure, weights=1000.)
+ return _judge(subject, measure)

probe forgets the training mode: 26_leaks; 27_leak_panel
- return _judge(subject, measure, measure_again, training=training)
+ return _judge(subject, measure, measure_again)

probe lets a draft see all tokens before it: 11_probes
- visible_prefix=functools.partial(visible_prefix, protocol, config=model.config),
+ visible_prefix=lambda target: target,

cache keeps what was forgotten: 10_sampling
- self.cache.length -= count
+ pass

a guess that the chain would not make: 10_sampling
- accepts = min(1., (p[i, guess]/q[i, guess]).item())
+ accepts = min(1., (p[i, guess]/q[i, guess]).item()*1.5)

a replaced guess drawn from all: 10_sampling
- rest = (p[i] - q[i]).clamp(min=0)
+ rest = p[i]

a running mean that takes the last weights whole: 15_trainer
- .lerp_(tensor, 1 - MEAN_DECAY)
+ .copy_(tensor)

a stack that adds its input after the first block only: 04_layers; 06_transformer
- h = block(h + x if self.inject else h, freqs_cis, mask)
+ h = block(h + x if self.inject and block is not self.blocks[-1] else h, freqs_cis, mask)

a row's own change for a variant is ignored: 01_config
- (*of_row, 'variants', variant): settings.variants.get(variant, Change()),
+ (*of_row, 'variants', variant): Change(),

the last weights though the best are asked for: 15_trainer
- if state.kept:
+ if False:

an early stop that goes on: 10_sampling
- carry = Carry(T=T)
+ carry = Carry()

last window never drawn: 03_tokens; 21_properties
- return len(ids) - length + 1
+ return max(1, len(ids) - length)

batches depend on the global generator: 03_tokens; 21_properties
- (batch_size,), generator=generator)
+ (batch_size,))

pieces end behind whitespace: 03_tokens; 21_properties, 03_tokens
- if 0 < end < len(piece):
+ if end := len(piece):

validation tokens are those of train: 03_tokens; 11_probes
- lines = read_lines(corpus, split, source)
+ lines = read_lines(corpus, split if split == 'test' else 'train', source)

two processes read the same rows: 12_runtime
- parts[:, self.rank]
+ parts[:, 0]

optimiser moments not restored: 13_checkpoints
- optimizer.load_state_dict(state)
+ pass

weight decay on norms: 14_optim
- dict(params=[p for p in rest if p.dim() <= 1], weight_decay=0.)
+ dict(params=[p for p in rest if p.dim() <= 1], weight_decay=train.weight_decay)

warm-up skipped: 14_optim
- return peak_lr*(step + 1)/train.warmup_steps
+ return peak_lr

matrices left to AdamW: 14_optim
- and train.muon_lr)
+ and train.muon_lr > 1)

schedule not applied: 15_trainer
- group['lr'] = lr_at(step, cfg.train, optimizer.defaults['lr'])
+ pass

steps not seeded: 15_trainer
- seed_everything(cfg.seed, step + 1 + rank*cfg.train.steps)
+ pass

supervision steps start afresh: 15_trainer
- _, loss = model(inputs, targets, carry=carry, chunk_weight=cfg.train.chunk_weight)
+ _, loss = model(inputs, targets, carry=carry, chunk_weight=cfg.train.chunk_weight)
+                 carry.y = None

parts of a batch added, not averaged: 15_trainer
- (loss/len(micro_batches)).backward()
+ loss.backward()

clip skipped: 15_trainer
- clip_grad_norm_(model.parameters(), cfg.train.grad_clip)
+ clip_grad_norm_(model.parameters(), float('inf'))

training reads validation: 15_trainer
-     ids = tokens.split('train')
-     starts
+     ids = tokens.split('validation')
+     starts

hash of a text never demanded: 02_data; 22_faults
- pinned = pick(corpus.sha256, split, f'sha256 of {corpus.config}')
+ pinned = corpus.sha256.get(split)

plain text read without its ends of line: 02_data; 22_faults
- if any(folder.rglob('*.txt')):
+ if False:

text of train in validation allowed: 03_tokens; 22_faults
- if n_shared > limit*len(ids):
+ if n_shared > len(ids):

seeds that repeat others: 01_config; 22_faults
- Seed = Annotated[int, Field(ge=0, lt=2**32)]
+ Seed = Annotated[int, Field(ge=0)]

tokens of another tokeniser scored: 09_evaluation
- if used and used != tokens.meta['tokenizer_sha256']:
+ if False:

warm-up longer than the training: 01_config; 22_faults
- require(self.warmup_steps <= self.steps,
+ require(True,

answers see the true answer: 09_evaluation
- context = torch.cat([prompt, guess], 1)[moving]
+ context = torch.cat([prompt, given], 1)[moving]

a solution scored at the wrong places: 09_evaluation
- is_right = answers == windows[:, -model.n_targets:]
+ is_right = answers == windows[:, :model.n_targets]

rows of a puzzle moved across boxes: 25_sudoku
- return (groups*size + lines).flatten(1)
+ return (groups + lines).flatten(1)

puzzles with two solutions: 25_sudoku
- if len(solutions(puzzle)) == 1:
+ if len(solutions(puzzle)) <= 2:

hops that look ahead: 29_hops
- is_before &= (position <= position[:, None]) & (position > 0)
+ is_before &= position > 0

scales mixed in one table: 17_report
- if len({(r.scale, r.seed) for r in records}) > 1:
+ if False:

stride that drops tokens: 09_evaluation; 22_faults
- require(1 <= stride <= length,
+ require(True,

startup files of the user reach the training: 18_launch
- env=_own_settings())
+ env={})

one file read twice: 23_corpus
- if file.resolve() in seen:
+ if False:

two spreads taken as one: 19_scaling
- equal_var=False
+ equal_var=True

the row with the worst trials judged: 31_ladder
- .min(axis=1).idxmin()
+ .min(axis=1).idxmax()

padding of the head scored: 05_loss
- logits[:, vocab_size:] = -torch.inf
+ pass

an excerpt read without end: 15_trainer
- tokens.meta['excerpt'] and epochs > 50
+ False

an excerpt not looked at before training: 15_trainer
- check_epochs(cfg, tokens, model.sample_length)
+ pass

only the targets of an excerpt counted: 15_trainer
- epochs = cfg.train.steps*cfg.train.batch_size*length/n_tokens
+ epochs = cfg.train.steps*cfg.train.batch_size*min(length, cfg.model.chunk_size)/n_tokens

blocks not compiled on a GPU: 15_trainer
- compiled = device.type != 'cpu' and read_params().compile
+ compiled = False

compiled blocks left in the model: 15_trainer
- uncompile_blocks(state.model)
+ pass

scores during training by compiled blocks: 15_trainer
- with as_they_are(model):
+ with nullcontext():

a run of the same code said to be of another: 13_checkpoints
- if is_same and saved['code'] != run['code']:
+ if is_same:

a GPU asked for and not looked for: 18_launch
-     check_device(run)
-     if int(
+     if int(

a study that does not look for its GPU: 18_launch
- check_device(cfg.run)
+ pass

continued on another device unasked: 13_checkpoints
- MACHINE = 'device', 'torch', 'processes'
+ MACHINE = 'processes',

a changed code that says nothing: 13_checkpoints
- if older := under_other_code(folder, run):
+ if older := None:

a square in float32: 04_layers; 43_gpu
- self.drop(h*h)
+ self.drop(h.square())

a head of odd width on a GPU: 05_loss; 43_gpu
- F.pad(weight, (0, 0, 0, -vocab_size % 64))
+ weight

rotations made anew in every pass: 04_layers; 43_gpu
- freqs_cis = self.rope[positions]
+ freqs_cis = rope_frequencies(positions, 2*self.rope.shape[1])

rotations of a GPU the other way round: 04_layers
- torch.stack([a_real*b_real - a_imag*b_imag, a_real*b_imag + a_imag*b_real], -1)
+ torch.stack([a_real*b_real + a_imag*b_imag, a_real*b_imag - a_imag*b_real], -1)

complex numbers in a graph for a GPU: 04_layers; 43_gpu
- product = real_product if torch.compiler.is_compiling() and off_cpu(x) else complex_product
+ product = complex_product

no weight is dropped in a graph for a GPU: 06_transformer; 43_gpu
- head_dim >= 16 and not config.dropout
+ head_dim >= 16

real rotations where nothing is compiled: 04_layers; 43_gpu
- product = real_product if torch.compiler.is_compiling() and off_cpu(x) else
+ product = real_product if off_cpu(x) else

FlexAttention reads the future: 06_transformer
- (key <= last_seen[query])
+ (key <= last_seen[query] + 1)

FlexAttention where nothing is compiled: 04_layers; 43_gpu
- if torch.compiler.is_compiling() and isinstance(mask, BlockMask) and mask.flex is not None:
+ if isinstance(mask, BlockMask) and mask.flex is not None:

FlexAttention is never used: 06_transformer; 43_gpu
- mask = mask._replace(flex=
+ mask = mask._replace() or (

FlexAttention for a single block: 06_transformer
- and length > 128 and
+ and length > 64 and

a mask for FlexAttention where it is never used: 06_transformer; 43_gpu
- if self.training and may_use_flex(
+ if may_use_flex(

a backward that cannot be compiled: 15_trainer
- force_non_lazy_backward_lowering = True
+ force_non_lazy_backward_lowering = False

anchors whose gradient is sorted: 06_transformer; 43_gpu
- if x.device.type == 'cpu':  # the last
+ if True:  # the last

a damaged byte of the weights unnoticed: 36_weights
- return content == dict(read_tensors(path)[1], sha256=file_hashes(path))
+ return content['sha256'].keys() == file_hashes(path).keys()

a clue answered anew: 38_writing
- digits=np.where(given, clues, digit.cpu().numpy() + 1),
+ digits=digit.cpu().numpy() + 1,

a puzzle with several solutions taken: 38_writing
- require(len(found) == 1,
+ require(len(found) >= 1,

wrong cells drawn as right: 37_watch
- color = RIGHT if digit == solution[cell] else WRONG
+ color = RIGHT

the reader forgets the answer: 39_reading
- y, passes = answer, passes + 1
+ passes = passes + 1

guesses counted that were refused: 41_decoding
- {(added > i).mean():.0%}
+ {(added >= i).mean():.0%}

text of one's own replaced: 23_corpus
- require(not mirror.exists(),
+ require(True,

a value asked for after every step: 15_trainer; 43_gpu
-             average_weights(state, cfg)
+             average_weights(state, cfg); state.nll_sum.item()

batches for which the host waits: 15_trainer; 43_gpu
- part.to(device, non_blocking=True)
+ part.to(device)

positions of lines on the CPU: 09_evaluation; 43_gpu
- has_changed = (answers[-1] != guess[moving]).any(1)
+ has_changed = (answers[-1].cpu() != guess[moving]).any(1)

targets of all starts in the seconds of the last: 15_trainer
- log['validation'][-1][1]/log['step']*n_steps/seconds
+ log['validation'][-1][1]/seconds

a speed in the log of a run on the CPU: 15_trainer
- if state.model.device.type == 'cpu' or not n_steps
+ if not n_steps
'''
ROOT = Path(__file__).resolve().parents[1]
BINARIES = Path(sys.executable).parent


class Mutant(NamedTuple):
    name: str
    notebook: str   # '': nothing is planted
    catchers: list  # notebooks that ought to notice
    old: str
    new: str


def parse(table: str) -> list:
    "The mutants of a table"
    mutants = []
    for entry in table.strip().split('\n\n'):
        head, *lines = entry.splitlines()
        name, notebooks = head.split(': ')
        notebook, _, catchers = notebooks.partition('; ')
        old = '\n'.join(line[2:] for line in lines if line[0] == '-')
        new = '\n'.join(line[2:] for line in lines if line[0] == '+')
        mutants.append(Mutant(name, notebook, (catchers or notebook).split(', '), old, new))
    return mutants


def planted(mutant: Mutant) -> str:
    "The notebook with `old` replaced by `new` in the one place that has it"
    path = ROOT/'nbs'/f'{mutant.notebook}.ipynb'
    content = json.loads(path.read_text(encoding='utf-8'))
    count = 0
    for cell in content['cells']:
        if cell['cell_type'] == 'code':
            source = ''.join(cell['source'])
            count += source.count(mutant.old)
            cell['source'] = source.replace(mutant.old, mutant.new)
    if count != 1:
        sys.exit(f'{mutant.name}: nbs/{path.name} has {count} places like {mutant.old!r}, not one: '
                 'adapt the table in tools/mutants.py')
    return json.dumps(content)


def copy(folder: Path):
    "What the notebooks need to run; the mirror is large and only read, so it is linked"
    for name in ('nbs', 'report', 'results', 'studies', 'tools', 'trm', 'weights'):
        shutil.copytree(ROOT/name, folder/name, ignore=shutil.ignore_patterns('__pycache__', '.*'))
    files = '.gitattributes Makefile README.md dvc.yaml params.yaml pyproject.toml settings.ini setup.py'
    for name in files.split():
        shutil.copy(ROOT/name, folder)
    (folder/'mirror').symlink_to(ROOT/'mirror')


def run(folder: Path, *command) -> subprocess.CompletedProcess:
    "Run a command in a scratch copy, whose modules it imports"
    variables = dict(
        PATH=f'{BINARIES}:{os.environ["PATH"]}',
        PYTHONPATH=str(folder),
        PYTHONDONTWRITEBYTECODE='1',
        OMP_NUM_THREADS='1',
        OMP_WAIT_POLICY='passive',
        HF_HUB_OFFLINE='1',
        MPLBACKEND='agg')
    return subprocess.run(command, cwd=folder, env=os.environ | variables, capture_output=True, text=True)


def plant(folder: Path, mutant: Mutant):
    "Change the notebook and its module in a scratch copy"
    notebook = f'nbs/{mutant.notebook}.ipynb'
    (folder/notebook).write_text(planted(mutant), encoding='utf-8')
    export = f'from nbdev.export import nb_export; nb_export({notebook!r}, "trm")'
    run(folder, sys.executable, '-c', export).check_returncode()


def failure(folder: Path, notebook: str) -> str:
    "What failed in the tests of a notebook: '' or the error and the failing line"
    test = run(folder, 'nbdev_test', '--path', f'nbs/{notebook}.ipynb')
    if test.returncode == 0:
        return ''
    error = re.search(r'^\w+(?= in )|^\w*(?:Error|Exception)\b', test.stderr, re.M)
    lines = re.findall(r'File "<ipython-input[^\n]*\n\s+(\S[^\n]*)', test.stderr)
    what = error[0] if error else test.stderr.strip()[-80:] or f'exit code {test.returncode}'
    return f'{what}: {lines[-1] if lines else ""}'


def judge(mutant: Mutant) -> tuple:
    "Whether all is as it should be, and the line to print"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy(folder)
        if mutant.notebook:
            plant(folder, mutant)
        for catcher in mutant.catchers:
            seen = failure(folder, catcher)
            if not mutant.notebook:
                return not seen, f'{"FAILED " if seen else "passes "} {mutant.name}: {catcher} {seen}'
            if seen.startswith('AssertionError'):
                where = seen.removeprefix('AssertionError')
                return True, f'killed   {mutant.name}  by {catcher}{where}'
    return False, f'SURVIVED {mutant.name}' + (f': {catcher} stopped with {seen}' if seen else '')


def main():
    required, further = parse(REQUIRED), parse(FURTHER)
    for mutant in required + further:   # the whole table fits the code, or nothing starts
        planted(mutant)
    words = [argument for argument in sys.argv[1:] if argument != '--all']
    everything = '--all' in sys.argv
    mutants = required + further if words or everything else required
    if words:
        mutants = [mutant for mutant in mutants if any(word in mutant.name for word in words)]
    controls = []
    if everything:
        catchers = {catcher for mutant in mutants for catcher in mutant.catchers}
        controls = [Mutant('control', '', [catcher], '', '') for catcher in sorted(catchers)]
    n_wrong = 0
    with ThreadPoolExecutor(2) as pool:
        for as_wanted, line in pool.map(judge, controls + mutants):
            print(line, flush=True)
            n_wrong += not as_wanted
    print(f'{len(mutants)} mutants, {n_wrong} not as they should be')
    sys.exit(n_wrong > 0)


if __name__ == '__main__':
    main()
