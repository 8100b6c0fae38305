"""Writes Gaudi.Actors/Text/Unicode/UnicodeTables.cs from Python's unicodedata.

Run from the repository root: python3 Gaudi.Tests/Text/Goldens/make_unicode_tables.py
Made with Python 3.11.7 (Unicode 14.0.0).
"""
import base64
import sys
import unicodedata
import zlib

lines = []
for code in range(0x110000):
    char = chr(code)
    combining = unicodedata.combining(char)
    mapping = unicodedata.decomposition(char)
    if not combining and not mapping:
        continue
    kind = "="
    if mapping.startswith("<"):
        kind = "~"
        mapping = mapping.split("> ", 1)[1]
    composes = kind == "=" and mapping and len(mapping.split()) == 2 and unicodedata.normalize("NFC", char) == char
    if composes:
        kind = "+"
    lines.append(f"{code:X} {combining} {kind if mapping else ''}{mapping}".rstrip())
packed = base64.b64encode(zlib.compress("\n".join(lines).encode(), 9)).decode()
rows = [packed[i:i + 100] for i in range(0, len(packed), 100)]
body = "\n        + ".join(f'"{row}"' for row in rows)
text = f"""namespace Gaudi.Actors.Text.Unicode;

/// <summary>
/// Canonical combining classes and decompositions of Unicode {unicodedata.unidata_version}, one character a line:
/// code, class, then `+` (canonical, composes back), `=` (canonical) or `~` (compatibility) and the mapping; all packed.
/// </summary>
/// <remarks>Written by Gaudi.Tests/Text/Goldens/make_unicode_tables.py; not edited by hand.</remarks>
internal static class UnicodeTables
{{
    /// <summary>The lines, zlib-compressed, in base64.</summary>
    public const string Packed =
        {body};
}}
"""
open("Gaudi.Actors/Text/Unicode/UnicodeTables.cs", "w", encoding="utf-8").write(text)
print(len(lines), "characters,", len(rows), "rows", file=sys.stderr)
