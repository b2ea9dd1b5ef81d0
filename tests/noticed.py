"""Whether a reader notices what is wrong with a file."""

import re
import warnings


def how_noticed(read, pattern):
    """ "error", "warning" that the file may be cut off, or else what happened.

    A number that has lost its last digits is a number, but its line has no end.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            read()
        except ValueError as error:
            return "error" if re.search(pattern, str(error)) else str(error)
    message = rf"(?:{pattern}).*may be cut off"
    is_named = any(re.search(message, str(warning.message)) for warning in caught)
    return "warning" if is_named else "silence"
