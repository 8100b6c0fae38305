using System.Text;

namespace Gaudi.Actors.Text.Jinja;

/// <summary>Text counted in characters, as Python does, not in UTF-16 units.</summary>
internal static class PythonString
{
    /// <summary>Number of characters.</summary>
    public static int Length(string text) => IsFlat(text) ? text.Length : text.EnumerateRunes().Count();

    /// <summary>The characters at these places, in this order.</summary>
    public static string Pick(string text, IEnumerable<int> indices)
    {
        var picked = new StringBuilder();
        if (IsFlat(text))
        {
            foreach (var index in indices)
            {
                picked.Append(text[index]);
            }
        }
        else
        {
            var runes = text.EnumerateRunes().ToArray();
            foreach (var index in indices)
            {
                picked.Append(runes[index].ToString());
            }
        }

        return picked.ToString();
    }

    private static bool IsFlat(string text) => !text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF');
}
