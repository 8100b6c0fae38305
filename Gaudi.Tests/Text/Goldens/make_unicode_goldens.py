"""Writes unicode.normal.json: Python's own normalization of hard sequences, and a hash over every character.

Run in this folder: python3 make_unicode_goldens.py. Made with Python 3.11.7 (Unicode 14.0.0).
"""
import hashlib
import json
import random
import unicodedata

FORMS = ["NFC", "NFD", "NFKC", "NFKD"]
random.seed(20260101)
pool = [0x41, 0x65, 0xE9, 0x1EAD, 0x300, 0x301, 0x302, 0x323, 0x327, 0x345, 0x5B0, 0x64B, 0x93C, 0x915, 0x958, 0x1100, 0x1161,
        0x11A8, 0xAC00, 0xAC01, 0x11A7, 0x3099, 0x30AB, 0xFB01, 0x2460, 0xFF21, 0x212B, 0x2126, 0x340, 0x1D15E, 0x1D165, 0x1D16D,
        0x1F71, 0x3B1, 0x2ADC, 0xFB1D, 0x9C7, 0x9BE, 0x20, 0x1F468]
rows = []
for _ in range(150):
    text = "".join(chr(random.choice(pool)) for _ in range(random.randint(1, 7)))
    rows.append([text] + [unicodedata.normalize(form, text) for form in FORMS])
hashes = {}
for form in FORMS:
    digest = hashlib.sha256()
    for code in range(0x110000):
        if not 0xD800 <= code <= 0xDFFF and unicodedata.category(chr(code)) != "Cn":
            digest.update((unicodedata.normalize(form, chr(code)) + "\n").encode())
    hashes[form] = digest.hexdigest()
unassigned = []
for code in range(0x110000):
    if unicodedata.category(chr(code)) == "Cn":
        if unassigned and unassigned[-1][1] == code - 1:
            unassigned[-1][1] = code
        else:
            unassigned.append([code, code])
with open("unicode.normal.json", "w", encoding="utf-8") as file:
    body = ",\n".join(json.dumps(row) for row in rows)
    file.write('{"rows": [\n' + body + '\n],\n"hashes": ' + json.dumps(hashes) + ',\n"unassigned": ' + json.dumps(unassigned) + "}\n")
