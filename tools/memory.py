"""Prepare and train on a synthetic corpus of WikiText-103's size, 118 million tokens, each in a process of its own, and demand that neither ever holds 2 GB.

    python tools/memory.py              118 million tokens
    python tools/memory.py 5            5 million"""
import resource, sys, tempfile, time
from multiprocessing import get_context
from pathlib import Path

LIMIT = 2_000_000_000   # bytes resident, pages of mapped files included

def write_corpus(folder: Path, tokens: int):
    "Lines of made-up words with Zipf frequencies, in the hub's layout; about one token per word under a BPE of 8,192 entries"
    import numpy as np, pyarrow as pa, pyarrow.parquet as pq
    draw = np.random.default_rng(0)
    words = np.array([''.join(draw.choice(list('etaoinshrdlucmfwypvbgkqjxz'), draw.integers(2, 6))) for _ in range(5000)])
    share = 1/np.arange(1, len(words) + 1); share /= share.sum()
    (folder/'me/text').mkdir(parents=True)
    for split, count in (('train', tokens), ('validation', 20_000), ('test', 20_000)):
        with pq.ParquetWriter(folder/f'me/text/{split}-0.parquet', pa.schema([('text', pa.string())])) as file:
            for _ in range(-(-count//100_000)):
                rows = draw.choice(words, (1000, 100), p=share)
                file.write_table(pa.table({'text': [' '.join(row) + '\n' for row in rows]}))

def prepare_it(folder: Path) -> int:
    from trm.core import Corpus, Data
    from trm.tokens import prepare
    class Unpinned(dict):
        def __missing__(self, split): return None
    corpus = Corpus('me/text', 'main', 'default', 'word', '', False, 0., Unpinned())
    return prepare(corpus, Data('bpe-8192', 0), str(folder), folder/'tokens')['train']['tokens']

def train_it(folder: Path) -> int:
    import dataclasses
    from trm.core import load_run
    from trm.tokens import Tokens
    from trm.trainer import fit
    cfg = load_run('wikitext103-trm', 'laptop')
    cfg = dataclasses.replace(cfg, train=dataclasses.replace(cfg.train, steps=50, val_every=50, save_every=25))
    fit(cfg, Tokens(folder/'tokens'), folder/'resume', show=False)
    return cfg.train.steps

def measured(connection, work, folder):
    done = work(folder)
    connection.send((done, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss*1024))

def main():
    millions = float(sys.argv[1]) if len(sys.argv) > 1 else 118
    context, over = get_context('spawn'), []
    with tempfile.TemporaryDirectory() as folder:
        write_corpus(Path(folder), int(millions*1e6))
        for work, unit in ((prepare_it, 'tokens prepared'), (train_it, 'training steps')):
            start, (here, there) = time.monotonic(), context.Pipe()
            process = context.Process(target=measured, args=(there, work, Path(folder))); process.start(); there.close()
            try: done, peak = here.recv()
            except EOFError: sys.exit(f'{unit}: the process died')
            process.join()
            print(f'{done:,} {unit}: at most {peak/1e9:.2f} GB resident, {time.monotonic() - start:.0f} s', flush=True)
            over += [unit]*(peak >= LIMIT)
            if work is prepare_it and done < millions*1e6: sys.exit(f'only {done:,} tokens: raise the number of words')
    sys.exit(f'{", ".join(over)}: more than {LIMIT/1e9:.0f} GB' if over else 0)

if __name__ == '__main__': main()
