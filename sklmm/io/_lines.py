"""Lines of text files: in UTF-8, complete, and no more than the file can be expected to hold."""

from __future__ import annotations

import gzip
import re
import shlex
import zlib
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

from .._warn import warn_user

PIECE = 2**20
HEAD = 2**24
"""Bytes of a gzipped file that are unpacked before its size is doubted."""
QUOTED = re.compile('"[^"]+"')
LARGEST = 2**28
LARGEST_RATIO = 100
"""Text of this field packs to a third or a tenth; more than a hundredth is hardly text."""
BYTES_OF_A_NUMBER = 64
"""Of 17 digits with sign, exponent and separator there are 25, and files are padded."""
MARK = "\ufeff"
"""At the start of a file in UTF-8, and within one that was put together from several."""
END_OF_DOS = "\x1a"
GZIPPED = b"\x1f\x8b"
OTHER_FORMATS = {
    b"PK\x03\x04": "a zip archive or an Excel workbook: unzip it, or save it as CSV in UTF-8",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook: save it as CSV in UTF-8",
    b"\x28\xb5\x2f\xfd": "packed by zstd: unpack it by zstd -d",
    b"BZh": "packed by bzip2: unpack it by bunzip2",
    b"\xfd7zXZ": "packed by xz: unpack it by unxz",
    b"\x93NUMPY": "an array of numpy: read it by numpy.load",
    b"X\n\0\0\0": "an object of R: read it by readRDS in R and write it by write.csv",
    b"PAR1": "a Parquet file: read it by pandas.read_parquet",
    b"ARROW1": "a Feather file: read it by pandas.read_feather",
    b"RDX": "a workspace of R: load it in R and write what it has by write.csv",
}
MARKUP = re.compile(
    rb"(\xef\xbb\xbf)?\s*<(!--|(!doctype|html|head|meta|table|\?xml)\b)", re.IGNORECASE
)
"""How pages begin that programs call .xls."""
BYTE_ORDER_MARKS = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}


def read_lines(path: Path, limit: int | Callable[[bytes], int] | None = None) -> list[str]:
    """The lines of a text file without blank ones at its end; unpacked if it is gzipped.

    `limit` is how many bytes a gzipped file may unpack to, or says it of the first ones.
    """
    text = _decoded(path, _content(path, limit)).replace("\r\n", "\n").replace("\r", "\n")
    whole = text.rstrip(f"{END_OF_DOS}\n")
    if END_OF_DOS in text[len(whole) :]:
        text = f"{whole}\n"
    lines = text.replace(f"\n{MARK}", "\n").split("\n")
    is_complete = not lines[-1].strip()
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise ValueError(f"{path} is empty.")
    if not is_complete:
        warn_user(
            f"{path}, line {len(lines)}: the file does not end with a line break and may be cut "
            "off. If it is complete, add one."
        )
    return lines


def split_blanks(line: str) -> list[str]:
    """The fields of a line between blanks and tabs; a no-break space is part of a label."""
    return line.split() if line.isascii() else re.findall(r"[^ \t]+", line)


def refuse_blanks_between_tabs(
    path: Path, lines: Sequence[str], n_labels: int, n_fields: int
) -> None:
    """A blank within one of the first fields of a line that has all of them between tabs."""
    for number, line in enumerate(lines, start=1):
        if " " not in line and "\t\t" not in line:
            continue
        fields = [field.strip(" ") for field in line.strip(" \t").split("\t")]
        if "" in fields and len(fields) - fields.count("") >= n_fields:
            raise ValueError(
                f"{path}, line {number}: field {fields.index('') + 1} is empty, which is no field "
                "where any number of tabs separates. Write what is missing, such as 0 for a "
                "parent and -9 for a trait."
            )
        if len(fields) < n_fields or " " not in line:
            continue
        for field in fields[:n_labels]:
            if " " in field:
                raise ValueError(
                    f"{path}, line {number}: {field[:60]!r} stands between tabs and has a blank "
                    "in it, which separates fields as well. Replace the blank, by _ for example."
                )


def refuse_quotes(path: Path, lines: Sequence[str], n_labels: int) -> None:
    """Labels in quotes, as R writes them, and numbers of rows in front of these."""

    def quoted(line):
        return next(filter(QUOTED.fullmatch, split_blanks(line)[:n_labels]), "")

    if all(map(quoted, lines)):
        raise ValueError(
            f"{path}, line 1: {quoted(lines[0])[:60]} is in quotes, which would be part of a "
            "label. Write the file without them, by quote=FALSE and row.names=FALSE in R."
        )


def bytes_of(n_lines: int, n_numbers: int) -> int:
    """How many bytes so many lines of so many numbers may take, with some to spare."""
    return PIECE + n_lines * n_numbers * BYTES_OF_A_NUMBER


def _content(path, limit):
    """The bytes of a file, unpacked in pieces until they are too many."""
    content = path.read_bytes()
    if path.suffix.lower() != ".gz" and not content.startswith(GZIPPED):
        return content
    if limit is None:
        limit = max(LARGEST, LARGEST_RATIO * len(content))
    pieces, size = [], 0
    try:
        with gzip.open(BytesIO(content)) as file:
            while piece := file.read(PIECE):
                pieces.append(piece)
                size += len(piece)
                if callable(limit) and size >= HEAD:
                    limit = limit(b"".join(pieces))
                if not callable(limit) and size > limit:
                    raise ValueError(
                        f"{path} has {len(content)} bytes but unpacks to more than {limit}, more "
                        "than such a file should hold. It is damaged or another file; if it is "
                        "right, unpack it by gunzip and read that."
                    )
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{path} is cut off, corrupt or no gzip file: {error}.") from error
    return b"".join(pieces)


def _decoded(path, content):
    """The text of bytes in UTF-8, or an error that says how to get there."""
    for start, encoding in BYTE_ORDER_MARKS.items():
        if content.startswith(start):
            raise _not_in_utf8(path, content, 0, encoding)
    for start, what in OTHER_FORMATS.items():
        if content.startswith(start):
            raise ValueError(f"{path} is no text file but {what}.")
    if MARKUP.match(content):
        raise ValueError(
            f"{path} is a page of HTML or XML, as some programs export tables under the ending "
            ".xls. Open it and save it as CSV in UTF-8."
        )
    if b"\0" in content:
        _refuse_nul(path, content)
    try:
        return content.decode("utf-8").removeprefix(MARK)
    except UnicodeDecodeError as error:
        if "unexpected end" in error.reason:
            raise ValueError(
                f"{path} is cut off in the middle of a character, or not in UTF-8."
            ) from error
        is_of_windows = re.search(rb"[\x80-\x9f]", content) is not None
        raise _not_in_utf8(
            path, content, error.start, "cp1252" if is_of_windows else "latin1"
        ) from error


def _not_in_utf8(path, content, place, encoding):
    line = _line_of(content, place)
    where = f"The byte is 0x{content[place]:02x}, in line {line}."
    if encoding in ("latin1", "cp1252") and _is_mixed(content):
        return ValueError(
            f"{path} is not in UTF-8 (byte {place}), though other lines are: two encodings are "
            f"mixed. Correct line {line} by hand. {where}"
        )
    source, target = (shlex.quote(str(p)) for p in (path, path.with_name(f"utf8.{path.name}")))
    command = f"iconv -f {encoding} -t utf8 {source} > {target}"
    if path.suffix.lower() == ".gz":
        command = f"gunzip -c {source} | iconv -f {encoding} -t utf8 | gzip > {target}"
    return ValueError(
        f"{path} is not in UTF-8 (byte {place}): convert it, for example by {command} (with the "
        f"encoding that it is in). {where}"
    )


def _is_mixed(content):
    """Whether other lines are in UTF-8, and not just by chance, as some Chinese ones are."""
    right, wrong = 0, []
    for line in content.splitlines():
        try:
            right += not line.decode("utf-8").isascii()
        except UnicodeDecodeError:
            wrong.append(line)
    is_western = not any(re.search(rb"[\x80-\xff]{2}", line) for line in wrong)
    return right > 0 and (is_western or right >= len(wrong))


def _refuse_nul(path, content):
    """Every second byte of English in UTF-16 is 0."""
    odd, even = (content[start::2].count(0) for start in (1, 0))
    if 4 * max(odd, even) > len(content) and 20 * min(odd, even) < max(odd, even):
        encoding = "utf-16le" if odd > even else "utf-16be"
        raise _not_in_utf8(path, content, content.index(0), encoding)
    raise ValueError(
        f"{path}, line {_line_of(content, content.index(0))}: there is a NUL byte. The file is "
        "damaged or no text file: get it again."
    )


def _line_of(content, place):
    before = content[:place].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return before.count(b"\n") + 1
