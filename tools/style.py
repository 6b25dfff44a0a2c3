"Checks that a reader relies on: short cells, short modules, pure import cells, one parameters tag, no foreign paths or warnings in outputs."
import ast, json, re, sys
from pathlib import Path

problems, short, total = [], 0, 0
for path in sorted(Path('nbs').glob('*.ipynb')):
    cells = json.loads(path.read_text(encoding='utf-8'))['cells']
    code = [c for c in cells if c['cell_type'] == 'code']
    for cell in code:
        source = ''.join(cell['source'])
        lines = len(source.strip().splitlines())
        short, total = short + (lines <= 10), total + 1
        if lines > 40: problems.append(f'{path.name}: a cell of {lines} lines')
        try: kinds = {isinstance(node, (ast.Import, ast.ImportFrom)) for node in ast.parse(source).body}
        except SyntaxError: continue
        if len(kinds) > 1: problems.append(f'{path.name}: a cell mixes imports and code: {source.strip().splitlines()[0][:60]}')
        shown = json.dumps(cell['outputs'])
        if re.search(r'/(home|root|tmp)/|Warning:|"stderr"', shown): problems.append(f'{path.name}: a path or warning in an output')
    tags = [t for c in code for t in c['metadata'].get('tags', [])]
    if tags.count('parameters') != (path.name == '12_train.ipynb'): problems.append(f'{path.name}: {tags.count("parameters")} cells tagged parameters')
    if path.stat().st_size > 300_000: problems.append(f'{path.name}: {path.stat().st_size/1000:.0f} KB')
if short < .85*total: problems.append(f'only {short} of {total} code cells have 10 lines or fewer')
for path in sorted(Path('trm').glob('*.py')):
    n = len(path.read_text(encoding='utf-8').splitlines())
    if n > 250 and path.name != '_modidx.py': problems.append(f'{path}: {n} lines')
    if found := re.search(r'(?<![.\w])(pickle|torch\.load|eval\(|exec\()', path.read_text(encoding='utf-8')): problems.append(f'{path}: {found[0]} can run foreign code')
print(f'{short/total:.1%} of {total} code cells have 10 lines or fewer')
sys.exit('\n'.join(problems) or 0)
