using System.Text.RegularExpressions;
using Xunit;

namespace Gaudi.Tests.Layering;

/// <summary>Checks of source files that fail with the place and the fix.</summary>
internal static class Rule
{
    /// <summary>No file's code has a part that fits.</summary>
    /// <param name="files">Which files.</param>
    /// <param name="pattern">What must not be there.</param>
    /// <param name="fix">What to do instead.</param>
    internal static void Forbids(IEnumerable<SourceFile> files, Regex pattern, string fix) =>
        Holds(
            files.SelectMany(file => file.Code.Select((line, index) => (Line: line, Number: index + 1))
                .Where(at => pattern.IsMatch(at.Line))
                .Select(at => $"{file.Path}:{at.Number}: `{pattern.Match(at.Line).Value.Trim()}`")),
            fix);

    /// <summary>Nothing is listed.</summary>
    /// <param name="violations">Where the rule is broken.</param>
    /// <param name="fix">What to do instead.</param>
    internal static void Holds(IEnumerable<string> violations, string fix)
    {
        var found = violations.ToArray();
        Assert.True(found.Length == 0, $"{fix}\n  {string.Join("\n  ", found)}");
    }
}
