"""The image process: decodes a stranger's picture and draws it anew as a small PNG.

Run as `python -m convene.formats.image_worker MEMORY_MIB`; it answers the structs below, as JSON. What comes out holds
pixels and nothing else of the file: no text, no place where it was taken, nothing that follows the picture.
"""

from __future__ import annotations

import sys
import warnings
from io import BytesIO

import msgspec
from PIL import Image, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from convene.core.logos import MAX_HEIGHT, MAX_PIXELS, MAX_WIDTH
from convene.formats.limited_worker import serve

# Only these have been loaded, and only these are tried.
_READERS = (JpegImagePlugin, PngImagePlugin, WebPImagePlugin)
FORMATS = ("JPEG", "PNG", "WEBP")
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, OverflowError, TypeError, KeyError, IndexError)
"""What Pillow raises for files that are not what they say they are."""


class ImageRequest(msgspec.Struct, array_like=True, frozen=True):
    """A file to draw anew; `cpu_seconds` is what that may use before the process ends itself."""

    content: bytes
    cpu_seconds: float


class ImageAnswer(msgspec.Struct, array_like=True, frozen=True):
    """A PNG, or a `problem`: `not_an_image`, `too_many_pixels` or `damaged`; then the size is what the file says."""

    content: bytes = b""
    width: int = 0
    height: int = 0
    problem: str = ""


def main() -> None:
    """Serve requests until standard input ends."""
    warnings.simplefilter("ignore")  # standard error is the operator's log
    Image.MAX_IMAGE_PIXELS = None  # what is allowed is counted here
    serve(int(sys.argv[1]), msgspec.json.Decoder(ImageRequest).decode, _encoded)


def _encoded(request: ImageRequest) -> bytes:
    return msgspec.json.encode(drawn_anew(request.content))


def drawn_anew(content: bytes) -> ImageAnswer:
    """Return the first picture of a file as a PNG that fits `MAX_WIDTH` by `MAX_HEIGHT`; never enlarged."""
    try:
        image: Image.Image = Image.open(BytesIO(content), formats=FORMATS)
    except _BROKEN:
        return ImageAnswer(problem="not_an_image")
    if image.width * image.height > MAX_PIXELS:
        return ImageAnswer(width=image.width, height=image.height, problem="too_many_pixels")
    try:
        image.draft("RGB", (2 * MAX_WIDTH, 2 * MAX_HEIGHT))  # lets JPEG be decoded at a fraction
        image.load()
        image = ImageOps.exif_transpose(image)
        has_alpha = image.has_transparency_data
        image = image.convert("RGBA" if has_alpha else "RGB")
        image.thumbnail((MAX_WIDTH, MAX_HEIGHT), Image.Resampling.LANCZOS)
        drawn = BytesIO()
        # A new image, so that nothing that came with the file goes on with it.
        clean = Image.frombytes(image.mode, image.size, image.tobytes())
        clean.save(drawn, "PNG", optimize=True)
    except (*_BROKEN, MemoryError):
        return ImageAnswer(problem="damaged")
    return ImageAnswer(drawn.getvalue(), *clean.size)


if __name__ == "__main__":
    main()
