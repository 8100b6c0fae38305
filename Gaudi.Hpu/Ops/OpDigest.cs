using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Gaudi.Hpu.Ops;

/// <summary>
/// What two processes must agree on before they may compute together (gaps G5, G8). No paths, no times, no module ids:
/// the same plugins give the same digest on every machine.
/// </summary>
public static class OpDigest
{
    /// <summary>What two tables disagree on, for the refusal of a rank.</summary>
    /// <param name="expected">The group's <see cref="OpTable.DigestLines"/>.</param>
    /// <param name="came">The rank's.</param>
    /// <returns>Sorted: `- line` for one that is missing, `+ line` for one too many. Empty when they agree.</returns>
    public static ImmutableArray<string> Difference(IReadOnlyList<string> expected, IReadOnlyList<string> came) =>
    [
        .. expected.Except(came, StringComparer.Ordinal).Select(line => (line, mark: "- "))
            .Concat(came.Except(expected, StringComparer.Ordinal).Select(line => (line, mark: "+ ")))
            .OrderBy(d => d.line, StringComparer.Ordinal)
            .Select(d => d.mark + d.line),
    ];

    internal static ImmutableArray<string> Lines(
        IEnumerable<OpEntry> entries, Func<OpEntry, bool> isEnabled, IEnumerable<string> plugins) =>
    [
        .. entries.Select(e => $"op {e.Key} = {e.Type.FullName} of {e.Origin.EntryPoint} {e.Origin.Version} " +
                (isEnabled(e) ? "enabled" : "disabled"))
            .Concat(plugins.Select(p => $"plugin {p}"))
            .Order(StringComparer.Ordinal),
    ];

    internal static string Of(IEnumerable<string> lines) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))));
}
