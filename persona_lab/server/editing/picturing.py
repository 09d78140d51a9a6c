"""Pictures that people upload: opened, made small, and written anew, so that nothing of the file itself is kept."""

import io
import warnings

from PIL import Image, ImageOps

from persona_lab.errors import InvalidRequest

FORMATS = ("PNG", "JPEG", "WEBP")
SIDE_PIXELS = 512
# What a picture of 5 MB may unfold to, at four bytes a pixel: 160 MB.
LARGEST_PIXELS = 40_000_000


def encoded(raw: bytes) -> bytes:
    """Return the picture as PNG without metadata, no side longer than 512 pixels; of several frames the first.

    Raises:
        InvalidRequest: it is no PNG, JPEG or WebP, is damaged, or has too many pixels.
    """
    try:
        with warnings.catch_warnings():
            # Pillow's own limits are wider than ours.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(raw), formats=FORMATS) as opened:
                width, height = opened.size
                if width * height > LARGEST_PIXELS:
                    raise Image.DecompressionBombError
                return _small(opened)
    except Image.DecompressionBombError:
        raise InvalidRequest(
            f"The picture has too many pixels; {LARGEST_PIXELS // 1_000_000} million are the most. Make it smaller."
        ) from None
    except Exception:
        # Decoders fail in many ways, and all of them mean this.
        raise InvalidRequest("That is no PNG, JPEG or WebP picture that can be read. Save it as PNG.") from None


def _small(opened: Image.Image) -> bytes:
    picture = ImageOps.exif_transpose(opened).convert("RGBA")
    picture.thumbnail((SIDE_PIXELS, SIDE_PIXELS))
    # Colour profile, camera, place and time hang on it.
    picture.info.clear()
    written = io.BytesIO()
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()
