"Package metadata lives in settings.ini; pyproject.toml is kept up to date by nbdev_export."
from configparser import ConfigParser
from pathlib import Path
from setuptools import find_packages, setup

parser = ConfigParser(delimiters=['='])
parser.read('settings.ini', encoding='utf-8')
cfg = parser['DEFAULT']
setup(
    name=cfg['lib_name'], version=cfg['version'], description=cfg['description'], keywords=cfg['keywords'],
    long_description=Path('README.md').read_text(encoding='utf-8'), long_description_content_type='text/markdown',
    url=cfg['git_url'], author=cfg['author'], author_email=cfg['author_email'], license='MIT',
    classifiers=['Development Status :: 3 - Alpha', 'Intended Audience :: Science/Research',
                 'Programming Language :: Python :: 3'],
    packages=find_packages(include=[cfg['lib_path'], cfg['lib_path'] + '.*']),
    package_data={cfg['lib_path']: ['py.typed']},
    python_requires='>=' + cfg['min_python'],
    install_requires=cfg['requirements'].split(),
    extras_require={name: cfg[f'{name}_requirements'].split() for name in ('dev', 'docs', 'bench', 'transformers')},
    entry_points={'console_scripts': cfg['console_scripts'].split(),
                  'pytest11': ['trm_leaks=trm.pytest_leaks'],
                  'nbdev': [f"{cfg['lib_path']}={cfg['lib_path']}._modidx:d"]}, zip_safe=False)
