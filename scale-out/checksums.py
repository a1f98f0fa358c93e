"""Checksums in the metadata of safetensors files, as the studio's `array-checksum.ts` has them."""

from __future__ import annotations

import json
import zlib
from typing import Mapping

from torch import Tensor

from run_file import RunError

# Metadata keys: CRC-32 as eight hexadecimal digits, of the metadata and the list of arrays, and of
# the arrays themselves.
_TEXT_KEY, _ARRAYS_KEY = "textCrc32", "arraysCrc32"


def with_checksums(arrays: Mapping[str, Tensor], metadata: Mapping[str, str]) -> dict[str, str]:
    """The metadata of a file of these float32 arrays, with checksums of all that it holds."""
    summed = {**metadata, _ARRAYS_KEY: _of_arrays(arrays)}
    return {**summed, _TEXT_KEY: _of_text(arrays, summed)}


def require_sound(arrays: Mapping[str, Tensor], metadata: Mapping[str, str], name: str) -> None:
    """Compares a file's content with its checksums, if any. Raises RunError for a damaged one."""
    if _TEXT_KEY not in metadata and _ARRAYS_KEY not in metadata:
        return
    found = {_TEXT_KEY: _of_text(arrays, metadata), _ARRAYS_KEY: _of_arrays(arrays)}
    for key, what in ((_TEXT_KEY, "its header has"), (_ARRAYS_KEY, "its arrays have")):
        written = metadata.get(key, "none")
        if found[key] != written:
            raise RunError(
                f"{name} is damaged: {what} checksum {found[key]}, {written} was written. "
                "Take a copy of it."
            )


def _of_arrays(arrays: Mapping[str, Tensor]) -> str:
    crc = 0
    for name in sorted(arrays):
        crc = zlib.crc32(arrays[name].contiguous().numpy(), crc)
    return f"{crc:08x}"


def _of_text(arrays: Mapping[str, Tensor], metadata: Mapping[str, str]) -> str:
    """Of the metadata, less this very checksum, and of each array's name, type and shape."""
    texts = [[key, metadata[key]] for key in sorted(metadata) if key != _TEXT_KEY]
    listed = [[name, "F32", list(arrays[name].shape)] for name in sorted(arrays)]
    # As JavaScript writes it.
    text = json.dumps([texts, listed], ensure_ascii=False, separators=(",", ":"))
    return f"{zlib.crc32(text.encode('utf-8', 'surrogatepass')):08x}"
