"""The site: `make docs` reads the repository as it is and executes nothing.
README.md is its first page, the notebooks have the outputs that are committed, docments become tables."""
import ast, base64, inspect, json, re, shutil, sys
from configparser import ConfigParser
from functools import cached_property
from pathlib import Path

import sphinx.pycode.parser
from docutils import nodes
from fastcore.docments import docments
from sphinx.addnodes import desc_annotation
from sphinx.pycode import ModuleAnalyzer
from sphinx.util import logging

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
parser = ConfigParser(delimiters=['='])
parser.read(ROOT/'settings.ini', encoding='utf-8')
settings = parser['DEFAULT']

project, author, version = (settings[name] for name in ('title', 'author', 'version'))
logger = logging.getLogger(__name__)
copyright = settings['copyright']
extensions = ['myst_nb', 'sphinx.ext.autodoc', 'sphinx.ext.autosummary']
root_doc = 'README'
include_patterns = ['*.md', 'nbs/*.ipynb', 'report/*.md', 'docs/**']
exclude_patterns = ['.*', '_docs', 'docs/contents.md', 'docs/_templates', '**/.ipynb_checkpoints',
                    'build', 'checkpoints', 'data', 'mirror', 'results', 'runs', 'studies', 'tokens']
templates_path = [str(ROOT/'docs/_templates')]

html_theme = 'furo'
html_title = settings['title']
html_static_path = ['site.css']
html_css_files = ['site.css']
html_copy_source = False
nb_execution_mode = 'off'
nb_merge_streams = True
nb_render_markdown_format = 'myst'   # with tables
myst_heading_anchors = 3
myst_enable_extensions = ['attrs_inline']
autodoc_typehints = 'none'   # types are in the tables
autodoc_member_order = 'bysource'
add_module_names = False


# A trailing comment documents a field or a constant, as Sphinx's own `#:` does; nbdev's `# %%` lines do not.
sphinx.pycode.parser.comment_re = re.compile(r'^\s*#:?(?! ?%%) ?(.*)\r?\n?$')


def rst(text):
    "Text with code in single backticks, as reStructuredText"
    parts = re.sub(r'\s+', ' ', text).split('`')
    for number, part in enumerate(parts):
        parts[number] = f'``{part.strip()}``' if number % 2 else re.sub(r'([\\*_|])', r'\\\1', part)
    return r'\ '.join(parts)   # an escaped space is none, and ends a literal wherever it stands


def code(text):
    "A literal, or nothing"
    return f'``{text}``' if text else ''


def parameters(definition):
    "Of a function, and what it returns: name, type, default, meaning"
    empty = inspect.Parameter.empty
    for name, parameter in docments(definition, full=True).items():
        kind = '' if parameter.anno is empty else inspect.formatannotation(parameter.anno)
        default = '' if parameter.default is empty else repr(parameter.default)
        if parameter.docment or name == 'return' and kind:
            yield name, kind, default, parameter.docment or ''


def fields(definition):
    "Of a class: name, type, default, meaning"
    analyzer = ModuleAnalyzer.for_module(definition.__module__)
    comments = analyzer.find_attr_docs()
    for node in ast.parse(inspect.getsource(definition)).body[0].body:
        if isinstance(node, ast.AnnAssign):
            comment = comments.get((definition.__qualname__, node.target.id), [''])
            default = ast.unparse(node.value) if node.value else ''
            yield node.target.id, ast.unparse(node.annotation), default, ' '.join(comment)


def table(rows):
    "Lines of a table in reStructuredText"
    lines = ['', '.. list-table::', '   :header-rows: 1', '   :class: parameters', '']
    for first, *others in [('name', 'type', 'default', 'meaning'), *rows]:
        lines += [f'   * - {first}', *(f'     - {cell}' for cell in others)]
    return [*lines, '']


def document(app, what, name, definition, options, lines):
    "A docstring as reStructuredText; below it a table of the parameters or fields"
    lines[:] = [rst(line) for line in lines]
    rows = []
    if what == 'class':
        rows = list(fields(definition))
        if not rows and '__init__' in vars(definition):
            rows = list(parameters(definition.__init__))
    elif what in ('function', 'method'):
        rows = list(parameters(definition))
    if any(meaning for *_, meaning in rows):
        lines += table([(*map(code, row[:-1]), rst(row[-1])) for row in rows])


def skip(app, what, name, member, skipped, options):
    "Fields of classes stand in the table"
    is_field = not (inspect.isroutine(member) or isinstance(member, (property, cached_property)))
    return True if what == 'class' and is_field else None


def drop_long_value(app, domain, kind, content):
    "Constants whose value fills lines, and aliases of types, are described by their comment alone"
    values = [value for value in content.parent.findall(desc_annotation) if len(value.astext()) > 80]
    aliases = [line for line in content if line.astext().startswith('alias of')]
    for node in values + aliases:
        node.parent.remove(node)


def shown(notebook):
    "A notebook as readers see it: no directives, cells of the package marked, a link to its API"
    cells, module = [], None
    for cell in notebook['cells']:
        lines = ''.join(cell['source']).splitlines(keepends=True)
        directives = [line for line in lines if cell['cell_type'] == 'code' and line.startswith('#|')]
        cell['source'] = [line for line in lines if line not in directives]
        for line in directives:
            _, kind, *names = line.split()
            if kind == 'export':
                cell['metadata']['tags'] = ['export']
            elif kind == 'default_exp':
                module = names[0]
        if cell['source']:
            cells.append(cell)
    if module:
        link = f'{{doc}}`trm.{module} </docs/api/trm.{module}>`'
        cells[0]['source'] += ['\n\n', f'Defines {link}; its cells have a blue edge.']
    return dict(notebook, cells=cells)


def read(app, docname, source):
    "The text of a page, before it is parsed"
    if docname == root_doc:
        source[0] += '\n' + (ROOT/'docs/contents.md').read_text(encoding='utf-8')
    elif docname.startswith('nbs/'):
        source[0] = json.dumps(shown(json.loads(source[0])))


def link_notebooks(app, doctree, docname):
    "`nbs/08` and `nbs/08_model.ipynb` in prose become links; log and changelog name old notebooks, too"
    pages = [page for page in app.env.found_docs if page.startswith('nbs/')]
    for literal in list(doctree.findall(nodes.literal)):
        name = literal.astext()
        inside = isinstance(literal.parent, nodes.reference)
        if inside or docname in ('LOG', 'CHANGELOG') or not re.fullmatch(r'nbs/\d\d(_\w+(\.ipynb)?)?', name):
            continue
        stem = name.removesuffix('.ipynb')
        found = [page for page in pages if page == stem or page.startswith(f'{stem}_')]
        if not found:
            logger.warning('%s: there is no such notebook', name, location=literal)
            continue
        link = nodes.reference(refuri=app.builder.get_relative_uri(docname, found[0]), internal=True)
        literal.replace_self(link)
        link += literal


def claim_figures(app):
    "The figures of the claims' notebooks as files, docs/figures/NN_k.png"
    folder = ROOT/'docs/figures'
    folder.mkdir(exist_ok=True)
    for path in sorted(ROOT.glob('nbs/3[2-5]_*.ipynb')):
        cells = json.loads(path.read_text(encoding='utf-8'))['cells']
        outputs = [output.get('data', {}) for cell in cells for output in cell.get('outputs', ())]
        pictures = [data['image/png'] for data in outputs if 'image/png' in data]
        for number, picture in enumerate(pictures, 1):
            (folder/f'{path.name[:2]}_{number}.png').write_bytes(base64.b64decode(picture))


def first_page(app, error):
    "Hosts look for index.html"
    if not error:
        shutil.copy(Path(app.outdir, 'README.html'), Path(app.outdir, 'index.html'))


def setup(app):
    app.connect('builder-inited', claim_figures)
    app.connect('source-read', read)
    app.connect('autodoc-process-docstring', document)
    app.connect('autodoc-skip-member', skip)
    app.connect('object-description-transform', drop_long_value)
    app.connect('doctree-resolved', link_notebooks)
    app.connect('build-finished', first_page)
