"""Finds words with Tesseract, as Presidio's image redactor calls it. Runs in an environment of its own, see peers.py.

tesseract_text.py OUT PHOTO...    the boxes of each photo's words
"""

import sys
from pathlib import Path

import pytesseract
from PIL import Image

if __name__ == "__main__":
    out, *photos = map(Path, sys.argv[1:])
    for photo in photos:
        with Image.open(photo) as image:
            # It refuses the several pictures that a phone puts into one file.
            words = pytesseract.image_to_data(image.convert("RGB"), output_type=pytesseract.Output.DICT)
        places = zip(words["left"], words["top"], words["width"], words["height"], words["text"], strict=True)
        boxes = [place[:4] for place in places if place[4].strip()]
        (out / f"{photo.stem}.txt").write_text("\n".join(map(str, boxes)))
