"""Every number of README.md's findings comes from a record: the phrases below are made from records and must stand there.
A changed digit, in README or in a record, fails."""
import json
import sys

import numpy as np

from trm.core import root
from trm.ladder import BY_CELL, CELLS, UNSOLVED, at_equal_loss, format_difference, losses, read_rows
from trm.records import format_interval, load_records
from trm.scaling import format_estimate

page = ' '.join((root()/'README.md').read_text(encoding='utf-8').split())
runs = {(record.experiment, record.arm): record for record in load_records()}
solved = {arm: runs['sudoku', arm].parallel['test_solved'] for arm in ('flat', 'deep', 'looped', 'trm')}
puzzles = read_rows('reasoning', 'sudoku')['x1']  # row -> records


def times(record, other, field='params_non_embedding'):
    "How many times as large, or as costly, one trained model is as another"
    return getattr(record, field)/getattr(other, field)


at_once = {row: np.mean([record.parallel['test_solved'] for record in records]) for row, records in puzzles.items()}
by_cell = [format_interval([record.answers['test_solved'] for record in puzzles[row]], 1) for row in ('looped-norm', 'deep')]
deeper = format_interval([record.parallel['test_solved_after'][16 - 1] for record in puzzles['looped-norm']], 1)
of_loop, of_stack, of_twelve, of_thinner, of_trm = [
    format_interval([record.parallel['test_solved'] for record in puzzles[row]], 1)
    for row in ('looped-norm', 'unshared-norm', 'unshared-norm-12', 'unshared-norm-w48', 'trm')]
replaced = [
    at_equal_loss(puzzles, puzzles['looped-norm'], score=score, split='test') for score in (CELLS, UNSOLVED, BY_CELL)]
shown = [format_estimate(ratio | dict(censored=0)) for ratio in replaced]  # README leaves out the share of draws
loop, stack = puzzles['looped-norm'][0], puzzles['unshared-norm'][0]
more_compute = times(puzzles['unshared-norm-12'][0], stack, 'training_flops_per_token')
more_parameters = times(puzzles['unshared-norm-w48'][0], loop)
largest = max(times(records[0], loop) for records in puzzles.values())
nats = format_difference(puzzles['looped-norm'], puzzles['unshared-norm'], CELLS, 'test')
points = format_difference(puzzles['unshared-norm'], puzzles['looped-norm'], UNSOLVED, 'test').lstrip('+')
hops = {row: np.mean([record.answers['test_right_by_kind']['4'] for record in records])
        for row, records in read_rows('hops', 'hops')[None].items()}
recursive_compute = [
    times(runs[text, 'trm'], runs[text, 'flat'], 'training_flops_per_token') for text in ('tiny_shakespeare', 'wikitext2')]


def measured(name):
    return json.loads((root()/'report'/f'{name}.json').read_text(encoding='utf-8'))


decoding = measured('decoding')
tokens = [row['distinct, ratio'] for row in measured('speed')['one_pass']]
loop_stops = next(run for run in measured('stopping')['runs'] if run['run'] == 'sudoku-looped')
settled, alike = loop_stops['rules']['divergence']['used']['deepest']['test'], loop_stops['fixed']['test']  # [blocks, per cent]
long = read_rows('long', 'wikitext2')[None]
by_size = '{}, {} and {}'.format(*(f'{long[row][0].test_word_ppl:.1f}' for row in ('flat', 'trm', 'deep')))
longer = read_rows('long_budgets', 'wikitext2')['x12']['flat'][0]
budgets = {text: read_rows('ladder', text) for text in ('tiny_shakespeare', 'wikitext2')}
panels = [rows for found in budgets.values() for rows in found.values()]  # text by text, x1 and x4 of each
ratios = {row: [at_equal_loss(rows, rows[row]) for rows in panels] for row in ('trm-two', 'looped-norm', 'trm-k1')}
shakespeare, shakespeare4, wikitext, wikitext4 = ratios['trm-two']
cells = {}  # of the table of ratios
for row, found in ratios.items():
    cells[row] = ['{ratio:.2f} ({low:.2f} to {high:.2f})'.format(**ratio) for ratio in found]
compute = [at_equal_loss(rows, rows['trm-two'], 'training_flops_per_token')['ratio'] for rows in panels]
with_twins = [found['x1'] | {f'{row}, twin': records for row, records in read_rows('twins', text)[None].items()}
              for text, found in budgets.items()]
stricter = [at_equal_loss(rows, rows['trm-two'])['ratio'] for rows in with_twins]
accepted, faster = [
    next(row for row in decoding[table] if row['model'] == 'trm, k 4') for table in ('acceptance', 'speeds')]

phrases = [
    f'A loop of 49 thousand parameters solves {of_loop} % of unseen 6 x 6 Sudokus with eight passes, and '
    f'{deeper} % with sixteen',
    'Of all test puzzles these short runs solve {looped:.0f}, {deep:.0f} and {flat:.0f} %'.format(**solved),
    f'solve {of_stack} %. The best flat model of the loop\'s size solves {at_once["thin-norm"]:.0f} %',
    '{} % of 200 puzzles beside {} % of eight ordinary blocks'.format(*by_cell),
    f'take eight blocks from {at_once["deep"]:.0f} to {at_once["unshared-norm"]:.0f} % of puzzles, and eight thin blocks of '
    f'the loop\'s size from {at_once["thin-8"]:.0f} to {at_once["thin-norm"]:.0f} %',
    f'solves {settled[1]:.1f} % with {settled[0]:.1f} passes on average, where ten for all solve {alike[9][1]:.1f} % and '
    f'sixteen {alike[15][1]:.1f} %',
    '(`trm`), gets {trm:.1f} % of four-hop answers right, eight different blocks {deep:.1f} %, eight thin ones of its '
    'size {thin-norm:.1f} %, one block once {flat-1:.1f} %; a loop with one state {looped-norm:.1f} %'.format(**hops),
    f'trains {min(tokens):.0f} to {max(tokens):.0f} times as many tokens',
    f'the largest flat row has {largest:.2f} times',
    f'all cells at once | {shown[0]} | {shown[1]} | | cell by cell | {shown[2]} |',
    f'Twelve blocks, at {more_compute:.1f} times the compute, solve {of_twelve} %',
    f'with {more_parameters:.1f} times its parameters, {of_thinner} %',
    f'two states without norm (`trm`), solves {of_trm} %',
    f'at equal loss: {shown[0].replace(" (", ", 95 %: ")[:-1]}, the largest trained; at as many puzzles solved: '
    f'{shown[1].replace(" (", ", ")}',
    f'solves {points} points more than the best stack of eight blocks; in nats the two are level ({nats})',
    'the loop solves {looped:.0f} %, eight blocks {deep:.0f} %, `trm` {trm:.0f} %, a flat model of the loop\'s '
    'size {flat:.0f} %'.format(**solved),
    '({:.1f} times in `make repro` on Tiny Shakespeare, {:.1f} on WikiText;'.format(*recursive_compute),
    f'{accepted["tokens per verification"]} tokens per verification at k = 4, '
    f'{faster["drafts verified"]} times the speed of the chain',
    f'of {shakespeare["ratio"]:.2f} times its parameters on Tiny Shakespeare and {wikitext["ratio"]:.2f} on '
    f'WikiText-2; with four times the tokens {shakespeare4["ratio"]:.2f} and {wikitext4["ratio"]:.2f}',
    *(f'| {" | ".join(row)} |' for row in cells.values()),
    f'{shakespeare["ratio"]:.2f} and {wikitext["ratio"]:.2f} on two texts with normalised states, '
    f'then {shakespeare4["ratio"]:.2f} and {wikitext4["ratio"]:.2f} with four times the tokens',
    f'of 1.3, 1.8 and 4.2 million parameters, reach {by_size} per word, '
    f'the first with three times the steps {longer.test_word_ppl:.1f}',
    '`trm-two` would replace {:.2f} and {:.2f} flat parameters'.format(*stricter),
]
assert (f'{1/max(compute):.1f}', f'{1/min(compute):.1f}') == ('2.0', '3.3')  # `times the FLOPs`
assert replaced[0]['ratio'] > 8 < replaced[1]['ratio'] and replaced[0]['low'] > 3 < replaced[1]['low']  # `The goal`
assert [round(ratio['ratio']) for ratio in replaced[:2]] == [9, 10]  # `does as well as about nine`
for rows in (panels[1], panels[3]):
    costly, recursive = [np.mean(losses(rows[row], split='test')) for row in ('deep', 'trm-two')]
    assert costly < recursive  # `a flat one as costly is ahead`
of_thin, of_loop_by_cell = [np.mean(losses(puzzles[row], BY_CELL, 'test')) for row in ('thin-4', 'looped-norm')]
assert of_thin < of_loop_by_cell  # `thin-4` is at least level with it
missing = [phrase for phrase in phrases if phrase not in page]
sys.exit('README.md lacks: ' + '; '.join(missing) if missing else 0)
