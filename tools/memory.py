"""Prepare and train on a synthetic corpus of WikiText-103's size, 118 million tokens, in two processes.
Neither process may ever hold 2 GB.

    python tools/memory.py              118 million tokens
    python tools/memory.py 5            5 million"""
import resource
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

LIMIT = 2_000_000_000   # bytes resident, pages of mapped files included


def write_corpus(folder: Path, tokens: int):
    """Lines of made-up words with Zipf frequencies, in the hub's layout.
    About one token per word under a BPE of 8,192 entries."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq
    draw = np.random.default_rng(0)
    letters = list('etaoinshrdlucmfwypvbgkqjxz')
    words = np.array([''.join(draw.choice(letters, draw.integers(2, 6))) for _ in range(5000)])
    frequencies = 1/np.arange(1, len(words) + 1)
    frequencies /= frequencies.sum()
    (folder/'me/text').mkdir(parents=True)
    for split, count in dict(train=tokens, validation=20_000, test=20_000).items():
        path = folder/f'me/text/{split}-0.parquet'
        with pq.ParquetWriter(path, pa.schema([('text', pa.string())])) as file:
            for _ in range(-(-count//100_000)):
                rows = draw.choice(words, (1000, 100), p=frequencies)
                file.write_table(pa.table({'text': [' '.join(row) + '\n' for row in rows]}))


def prepare_corpus(folder: Path) -> int:
    from trm.config import Corpus, Data
    from trm.tokens import SPLITS, prepare
    corpus = Corpus(
        repo='me/text',
        revision='main',
        config='default',
        unit='word',
        blank='',
        excerpt=False,
        floor_bits_per_byte=0.,
        sha256=dict.fromkeys(SPLITS))
    data = Data(tokenizer='bpe-8192', articles=0)
    return prepare(corpus, data, str(folder), folder/'tokens')['train']['tokens']


def train(folder: Path) -> int:
    from trm.config import load_run
    from trm.tokens import Tokens
    from trm.trainer import fit
    cfg = load_run('wikitext103-trm', 'laptop')
    cfg = cfg.replace(train=dict(steps=50, eval_interval=50, checkpoint_interval=25))
    fit(cfg, Tokens(folder/'tokens'), folder/'resume', show=False)
    return cfg.train.steps


def send_measured(connection, work, folder):
    "Send what `work` returns, and the most bytes that this process ever held"
    done = work(folder)
    connection.send((done, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss*1024))


def measure(work, folder: Path, unit: str) -> tuple:
    "What `work` returns in a process of its own, and its largest size in bytes"
    start = time.monotonic()
    context = get_context('spawn')
    here, there = context.Pipe()
    process = context.Process(target=send_measured, args=(there, work, folder))
    process.start()
    there.close()
    try:
        done, peak = here.recv()
    except EOFError:
        sys.exit(f'{unit}: the process died')
    process.join()
    seconds = time.monotonic() - start
    print(f'{done:,} {unit}: at most {peak/1e9:.2f} GB resident, {seconds:.0f} s', flush=True)
    return done, peak


def main():
    tokens = int(float(sys.argv[1] if len(sys.argv) > 1 else 118)*1e6)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_corpus(folder, tokens)
        prepared, prepare_peak = measure(prepare_corpus, folder, 'tokens prepared')
        if prepared < tokens:
            sys.exit(f'only {prepared:,} tokens: raise the number of words')
        _, train_peak = measure(train, folder, 'training steps')
    peak = max(prepare_peak, train_peak)
    sys.exit(f'{peak/1e9:.2f} GB resident: more than {LIMIT/1e9:.0f} GB' if peak >= LIMIT else 0)


if __name__ == '__main__':
    main()
