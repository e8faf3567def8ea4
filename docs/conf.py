"""Configuration of Sphinx: `sphinx-build -W -b html docs docs/_build/html`."""

import re
import warnings
from inspect import getmodule

import mefeat

project = "mefeat"
author = "The mefeat developers"
copyright = author
version = release = mefeat.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.extlinks",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
templates_path = ["_templates"]
exclude_patterns = ["_build", "code", "examples"]
default_role = "py:obj"
smartquotes = False
toc_object_entries_show_parents = "hide"

extlinks = {"doi": ("https://doi.org/%s", "doi:%s")}
autosummary_generate = True
autosummary_ignore_module_all = False
# What a package offers too, but is described where it comes from.
autosummary_context = {"elsewhere": {"mefeat.spotting": ["Interval"]}}
autodoc_member_order = "bysource"
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

# Sphinx-gallery runs what is named plot_*.py.
sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "auto_examples",
    "within_subsection_order": "FileNameSortKey",
    "download_all_examples": False,
    "remove_config_comments": True,
    "capture_repr": (),
    "show_memory": False,
    "show_signature": False,
}
warnings.filterwarnings("ignore", "FigureCanvasAgg is non-interactive")

html_theme = "pydata_sphinx_theme"
html_title = f"mefeat {release}"
html_static_path = ["_static"]
html_css_files = ["mefeat.css"]
html_show_sourcelink = False
html_theme_options = {
    "navigation_with_keys": False,
    "show_nav_level": 1,
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_sidebars = {"changelog": [], "contributing": []}


def name_bases_as_imported(app, name, obj, options, bases):
    """Link bases by the names under which they are documented."""
    for base in [base for base in bases if base.__name__.startswith("_")]:
        at = bases.index(base)
        bases[at : at + 1] = base.__bases__
    for i, base in enumerate(bases):
        home = getmodule(base).__name__
        if home.startswith("mefeat."):
            package = ".".join(home.split(".")[:2])
            bases[i] = f":py:class:`~{package}.{base.__name__}`"


def leave_out(app, what, name, obj, skip, options):
    """Leave out what scikit-learn brings, and the fields of named tuples."""
    foreign = (getattr(obj, "__module__", None) or "").startswith("sklearn")
    field = (getattr(obj, "__doc__", None) or "").startswith("Alias for field")
    return skip or foreign or field


def keep_signs(app, what, name, obj, options, lines):
    """Keep n_features_in_ in a shape, and |x| in a sentence, from becoming links."""
    for i, line in enumerate(lines):
        if ">>>" not in line and "``" not in line:
            lines[i] = re.sub(r"(?<=\w)_(?=,\))|\|(?=\S)", r"\\\g<0>", line)


def setup(app):
    app.connect("autodoc-process-bases", name_bases_as_imported)
    app.connect("autodoc-skip-member", leave_out)
    app.connect("autodoc-process-docstring", keep_signs, priority=400)
