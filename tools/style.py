"""The style gate: what a reader of trm/ and nbs/ relies on. Prints one line per problem, `file:line: what`.
`--self-test` plants one violation of each kind into a temporary copy: each must be reported."""
import ast, io, json, re, shutil, sys, tempfile, tokenize
from pathlib import Path

WIDTH = 110                # columns, of modules and of code cells
MODULE_DENSITY = 14.0      # syntax nodes per line that is neither blank nor comment, in any one module
PACKAGE_DENSITY = 11.5     # the same over all modules
LONGEST_CELL = 40          # lines
SHORT_CELL = 10            # lines, signatures aside, ...
SHORT_SHARE = .85          # ... that at least this share of the code cells keeps to
NOTEBOOK_KB = 300          # with outputs

FOREIGN_CODE = re.compile(r'(?<![.\w])(pickle|torch\.load|eval\(|exec\()')
LEAKED_OUTPUT = re.compile(r'/(home|root|tmp)/|Warning:|"stderr"|widget-view')
COMPREHENSION = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITION = (*FUNCTION, ast.ClassDef)
SHOWN = (ast.Name, ast.Attribute, ast.Subscript, ast.Tuple, ast.List, ast.Dict, ast.BinOp)
SHOWS = set('Markdown DataFrame Series round to_frame crosstab rename_axis set_axis head fillna concat print'.split())

# Names of this project's own making where the field has a standard one: nothing in trm/ is called so.
PRIVATE = set("""
    places turn rotation rotate attend look pieces draft_pieces own last_before see refinements span
    blocks_applied head_nats HeadNats share token_nats unigram_nats spread room newline me fine bad hold
    agree lend_hands pass_on still vary _must _pick _leaf _keys facts worth efficient compared shown moved
    Flat Warm Bespoke""".split())
# Ordinary words: a variable or a parameter may be called so, but no function, class or attribute.
PRIVATE_MEMBERS = set('inputs states outputs head chunk cut same stored batch identity join nats strict'.split())
# Abbreviations: anything may be called so, but no field of the configuration.
PRIVATE_FIELDS = set('d lr heads layers batch muon ema clip lr_end accumulate val_every hidden'.split())


# Rules: generators of (line, what)

def long_lines(source):
    for number, line in enumerate(source.splitlines(), 1):
        if len(line) > WIDTH:
            yield number, f'{len(line)} columns, over {WIDTH}'


def foreign_code(source):
    for number, line in enumerate(source.splitlines(), 1):
        if found := FOREIGN_CODE.search(line):
            yield number, f'{found[0]} can run foreign code'


def nested_comprehensions(tree):
    outer = [node for node in ast.walk(tree) if isinstance(node, COMPREHENSION)]
    rows = {node.elt for node in outer
            if isinstance(node, ast.ListComp) and isinstance(node.elt, ast.ListComp)}
    inner = {node for above in outer for node in ast.walk(above)
             if isinstance(node, COMPREHENSION) and node is not above}
    for node in inner - rows:
        yield node.lineno, 'a comprehension inside a comprehension that is no list of lists'


def undocumented(tree, commented):
    "Public functions, classes and methods without docstring; parameters and fields without trailing comment"
    for node in tree.body:
        members = node.body if isinstance(node, ast.ClassDef) else []
        for field in members:
            lines = range(field.lineno, field.end_lineno + 1)
            if isinstance(field, ast.AnnAssign) and commented.isdisjoint(lines):
                yield field.lineno, f'field {field.target.id} of {node.name} has no comment'
        if not isinstance(node, DEFINITION) or node.name.startswith('_'):
            continue
        for definition in [node, *members]:
            if isinstance(definition, DEFINITION):
                yield from undocumented_definition(definition, commented)


def undocumented_definition(node, commented):
    if node.name.startswith('_') and node.name != '__init__':
        return
    if node.name != '__init__' and not ast.get_docstring(node):
        yield node.lineno, f'{node.name} has no docstring'
    if isinstance(node, ast.ClassDef):
        return
    taken = set()   # lines of the parameters before
    for parameter in node.args.posonlyargs + node.args.args + node.args.kwonlyargs:
        if parameter.arg in ('self', 'cls', 'ctx', '_'):
            continue
        if parameter.lineno in taken:
            yield parameter.lineno, f'parameter {parameter.arg} of {node.name} shares a line and its comment'
        elif parameter.lineno not in commented:
            yield parameter.lineno, f'parameter {parameter.arg} of {node.name} has no comment'
        taken.add(parameter.lineno)


def private_names(tree, in_config):
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    members = [member for node in classes for member in node.body]
    fields = {member.target for member in members if isinstance(member, ast.AnnAssign)}
    constants = {target for member in members for target in getattr(member, 'targets', [])}
    for node in ast.walk(tree):
        is_member = isinstance(node, (*DEFINITION, ast.Attribute)) or node in fields or node in constants
        is_setting = in_config and node in fields
        name = defined_name(node)
        if name in PRIVATE or is_member and name in PRIVATE_MEMBERS or is_setting and name in PRIVATE_FIELDS:
            yield node.lineno, f'{name} is a private name: use the standard one of the field'


def defined_name(node):
    "Name of what a node defines or assigns, or None"
    if isinstance(node, DEFINITION):
        return node.name
    if isinstance(node, ast.arg):
        return node.arg
    if isinstance(getattr(node, 'ctx', None), ast.Store):
        return getattr(node, 'id', getattr(node, 'attr', None))


def shows_a_value(tree):
    "Whether a cell ends in a value or a table, which a reader expects below it"
    last = tree.body[-1] if tree.body else None
    value = getattr(last, 'value', None) if isinstance(last, ast.Expr) else None
    if isinstance(value, ast.Call):
        return getattr(value.func, 'attr', getattr(value.func, 'id', '')) in SHOWS
    return isinstance(value, SHOWN)


def cell_problems(cell):
    source = ''.join(cell['source'])
    lines = len(source.strip().splitlines())
    yield from long_lines(source)
    if lines > LONGEST_CELL:
        yield 1, f'a cell of {lines} lines, over {LONGEST_CELL}'
    if LEAKED_OUTPUT.search(json.dumps(cell['outputs'])):
        yield 1, 'a path, a warning or a widget in an output'
    try:
        tree = ast.parse(source)
    except SyntaxError:   # a magic
        return
    yield from nested_comprehensions(tree)
    is_shown = shows_a_value(tree) and not source.rstrip().endswith(';') and '#| slow' not in source
    if is_shown and not cell['outputs']:
        yield 1, 'its result is not below it: execute the notebook'
    if len({isinstance(node, (ast.Import, ast.ImportFrom)) for node in tree.body}) > 1:
        yield 1, 'a cell mixes imports and code'


# Files

def check_module(path):
    "Problems of a module; its syntax nodes; its lines that are neither blank nor comment"
    source = path.read_text(encoding='utf-8')
    tree = ast.parse(source)
    comments = [token for token in tokenize.generate_tokens(io.StringIO(source).readline)
                if token.type == tokenize.COMMENT]
    alone = {token.start[0] for token in comments if token.line.lstrip().startswith('#')}
    commented = {token.start[0] for token in comments} - alone
    filled = {number for number, line in enumerate(source.splitlines(), 1) if line.strip()}
    nodes, lines = sum(1 for _ in ast.walk(tree)), len(filled - alone)

    exports = [node for node in tree.body if ast.unparse(node).startswith('__all__ =')]
    by_nbdev = {line for node in exports for line in range(node.lineno, node.end_lineno + 1)}
    problems = [(line, what) for line, what in long_lines(source) if line not in by_nbdev]
    problems += nested_comprehensions(tree)
    problems += undocumented(tree, commented)
    problems += private_names(tree, path.name == 'config.py')
    problems += foreign_code(source)
    if lines >= 5 and nodes > MODULE_DENSITY*lines:
        problems.append((1, f'{nodes/lines:.1f} syntax nodes per line, over {MODULE_DENSITY}'))
    return problems, nodes, lines


def line_after(file_lines, start, text):
    "Number of the first line after `start` that is `text`, else `start`"
    numbers = range(start + 1, len(file_lines) + 1)
    return next((number for number in numbers if file_lines[number - 1].strip() == text), start)


def code_length(source):
    "Lines of a cell without the parameters that a documented signature lists one below the other"
    length = len(source.splitlines())
    try:
        tree = ast.parse(source)
    except SyntaxError:   # a magic
        return length
    for node in ast.walk(tree):
        if isinstance(node, FUNCTION):
            length -= max(0, node.body[0].lineno - node.lineno - 1)
    return length


def check_notebook(path):
    "Problems of a notebook, with lines of the file; the length of each code cell"
    file_lines = path.read_text(encoding='utf-8').splitlines()
    code = [cell for cell in json.loads('\n'.join(file_lines))['cells'] if cell['cell_type'] == 'code']
    problems, start = [], 0   # start: line of the file before the first line of the cell
    for cell in code:
        start = line_after(file_lines, start, f'"id": "{cell.get("id")}",')
        start = line_after(file_lines, start, '"source": [')
        problems += [(start + line, what) for line, what in cell_problems(cell)]
    tags = [tag for cell in code for tag in cell['metadata'].get('tags', [])].count('parameters')
    if tags != path.name.endswith('_train.ipynb'):
        problems.append((1, f'{tags} cells tagged parameters; one in the training notebook, none elsewhere'))
    if (size := path.stat().st_size/1000) > NOTEBOOK_KB:
        problems.append((1, f'{size:.0f} KB, over {NOTEBOOK_KB}'))
    return problems, [code_length(''.join(cell['source']).strip()) for cell in code]


def check(root):
    "Every problem below `root`, and a summary"
    found, nodes, lines, lengths = [], 0, 0, []
    for path in sorted(root.glob('trm/**/*.py')):
        if path.name not in ('__init__.py', '_modidx.py'):
            problems, module_nodes, module_lines = check_module(path)
            found += [(path, *problem) for problem in sorted(problems)]
            if module_lines >= 5:
                nodes, lines = nodes + module_nodes, lines + module_lines
    for path in sorted(root.glob('nbs/*.ipynb')):
        problems, cell_lengths = check_notebook(path)
        found += [(path, *problem) for problem in sorted(problems)]
        lengths += cell_lengths
    short = sum(length <= SHORT_CELL for length in lengths)/len(lengths)
    if short < SHORT_SHARE:
        found.append((root/'nbs', 1, f'{short:.1%} of the code cells have {SHORT_CELL} lines or fewer'))
    if nodes > PACKAGE_DENSITY*lines:
        found.append((root/'trm', 1, f'{nodes/lines:.2f} syntax nodes per line of the package'))
    summary = (f'{short:.1%} of {len(lengths)} code cells have {SHORT_CELL} lines or fewer; '
               f'{nodes} syntax nodes on {lines} lines, {nodes/lines:.2f} per line')
    return [f'{path.relative_to(root)}:{line}: {what}' for path, line, what in found], summary


# Self-test: one violation -> what the gate must say of it

IN_MODULES = {
    'x = "' + 'x'*WIDTH + '"': 'columns, over',
    'x = [sum(i for i in row) for row in rows]': 'a comprehension inside',
    'x = {name: [i for i in row] for name, row in rows}': 'a comprehension inside',
    'def f(): return 1': 'f has no docstring',
    'class C: x = 1': 'C has no docstring',
    'class C:\n "A class"\n def f(self): return 1': 'f has no docstring',
    'def f(\n x,   # first\n y\n): "Sum"': 'parameter y of f has no comment',
    'def f(\n x, y   # both\n): "Sum"': 'parameter y of f shares a line',
    'class C:\n "A class"\n def __init__(self, x): pass': 'parameter x of __init__ has no comment',
    'class C(nn.Module):\n "A class"\n def forward(self, x): "f"': 'parameter x of forward has no comment',
    'class _C(NamedTuple):\n x: int   # first\n y: int': 'field y of _C has no comment',
    'def attend(): "Attention"': 'attend is a private name',
    'class Flat: "A model"': 'Flat is a private name',
    'class C:\n "A class"\n def outputs(self): "Logits"': 'outputs is a private name',
    'def f(\n places,   # (S,)\n): "Rotation"': 'places is a private name',
    'places = 1': 'places is a private name',
    'self.head = 1': 'head is a private name',
    'x = pickle.loads(y)': 'pickle can run foreign code',
    'x = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]\n'*10_000: 'syntax nodes per line, over',
}
IN_CELLS = {
    'x = "' + 'x'*WIDTH + '"': 'columns, over',
    'x = [sum(i for i in row) for row in rows]': 'a comprehension inside',
    'import os\nx = 1': 'a cell mixes imports and code',
    'x = 1\nx': 'its result is not below it',
    'pd.Series([1]).to_frame()': 'its result is not below it',
    'x = 1\n'*(LONGEST_CELL + 1): 'lines, over',
}
CLEAN = '''
class Sum(nn.Module):
    "Sum of numbers"
    x: int   # the first

    def __init__(
        self,
        hidden: int = 1,   # only a setting may not be called so
        *inputs,
    ):
        self.matrix = [[0 for x in row] for row in rows]

    def forward(self, x):   # (B, D)
        "The sum"
        return self.eval(x)

    def __add__(self, x): return x

def _attention(states, _): return states
'''


def notebook(cells, tags=(), outputs=()):
    "JSON of a notebook"
    cells = [dict(cell_type='code', execution_count=None, id=f'{number:08}', metadata=dict(tags=tags),
                  outputs=outputs, source=source.splitlines(keepends=True))
             for number, source in enumerate(cells)]
    return json.dumps(dict(cells=cells, metadata={}, nbformat=4, nbformat_minor=5), indent=1)


def self_test():
    "Violations that the gate misses, and what it reports of clean code"
    plants = []
    for code, what in IN_MODULES.items():
        plants.append((f'trm/planted_{len(plants)}.py', code, what))
    for code, what in IN_CELLS.items():
        plants.append((f'nbs/planted_{len(plants)}.ipynb', notebook([code]), what))
    plants += [
        ('trm/planted/config.py', 'class C:\n "Settings"\n lr: float   # rate', 'lr is a private name'),
        ('nbs/planted_path.ipynb', notebook(['1'], outputs=['/home/x']), 'a path, a warning or'),
        ('nbs/planted_widget.ipynb', notebook(['1'], outputs=['widget-view']), 'a path, a warning or'),
        ('nbs/planted_tag.ipynb', notebook(['1'], tags=['parameters']), '1 cells tagged parameters'),
        ('nbs/planted_train.ipynb', notebook(['1']), '0 cells tagged parameters'),
        ('nbs/planted_size.ipynb', notebook(['1'], outputs=['x'*1000*NOTEBOOK_KB]), 'KB, over'),
        ('nbs/planted_long.ipynb', notebook(['x = 1\n'*LONGEST_CELL]*5_000), 'KB, over'),
        ('trm/clean.py', CLEAN, None),
    ]
    with tempfile.TemporaryDirectory() as folder:
        for name in ('nbs', 'trm'):
            shutil.copytree(name, Path(folder, name), ignore=shutil.ignore_patterns('__pycache__', '.*'))
        Path(folder, 'trm/planted').mkdir()
        for name, text, _ in plants:
            Path(folder, name).write_text(text, encoding='utf-8')
        found, _ = check(Path(folder))
    expected = [(name, what) for name, _, what in plants if what]
    expected += [('nbs', 'of the code cells have'), ('trm', 'syntax nodes per line of the package')]
    missed = [f'{name}: not reported: {what}' for name, what in expected
              if not any(problem.startswith(name + ':') and what in problem for problem in found)]
    wrong = [f'clean code is reported: {problem}' for problem in found if problem.startswith('trm/clean.py:')]
    return missed + wrong, f'{len(expected)} planted violations, {len(expected) - len(missed)} reported'


if __name__ == '__main__':
    problems, summary = self_test() if '--self-test' in sys.argv[1:] else check(Path())
    print(summary)
    sys.exit('\n'.join(problems) or 0)
