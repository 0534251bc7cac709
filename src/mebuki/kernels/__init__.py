"""Inner loops as machine code: written in Python, compiled once by Numba, kept in the cache folder.

What was compiled is loaded by llvmlite alone, in milliseconds and without Numba, and called through ctypes, which lets
other threads run meanwhile. Where Numba or llvmlite is missing, or a processor is not known to them, `load` gives None
and everything has a plain way of its own.

    kernels = load("decoding")                     # waits for the compiler the first time
    kernels = load("decoding", wait=False)         # or compiles in the background, and gives None until it is done
"""

from .loading import LIBRARIES, Kernels, address, load, warm

__all__ = ["LIBRARIES", "Kernels", "address", "load", "warm"]
