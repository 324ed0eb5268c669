"""Sets one paper as a program: its JSON comes in, its PDF goes out, with the glyphs it uses embedded.

A process of its own can be stopped, holds no more memory than it may, and takes nobody along should it fall. Typst
reads nothing but the template and the font, and takes what people wrote as data.
"""

import os
import resource
import sys
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from typst import Compiler, Fonts

TEMPLATE = Path(__file__).parent / "paper.typ"
# Noto Sans, and Noto Sans SC for what it has no letters for
FONTS = ("fontpkg_noto_sans", "pylopdf_fonts_zh_cn")
MEMORY_MOST = 2**31
SECONDS_MOST = 15


def main() -> None:
    """Set the paper of the standard input, dated by the ISO 8601 instant of the only argument."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MOST, MEMORY_MOST))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_MOST, SECONDS_MOST))
    os.nice(10)  # whoever waits for an answer of the server goes first
    folders = [str(files(package)) for package in FONTS]
    fonts = Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
    compiler = Compiler(TEMPLATE, root=TEMPLATE.parent, font_paths=fonts)
    paper = sys.stdin.buffer.read().decode()
    made = compiler.compile(format="pdf", sys_inputs={"paper": paper}, timestamp=datetime.fromisoformat(sys.argv[1]))
    assert isinstance(made, bytes)
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
