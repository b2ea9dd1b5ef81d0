"""Tables in files, written and read."""

import gzip

from sklmm.io import join_tables


def write(path, *lines):
    content = "".join(f"{line}\n" for line in lines)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(content.encode()))
    else:
        path.write_text(content, encoding="utf-8")
    return path


def columns_of(path, **options):
    return join_tables({"t": path}, **options).frame.to_dict("list")
