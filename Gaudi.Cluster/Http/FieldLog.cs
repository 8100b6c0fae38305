using System.Collections.Concurrent;
using System.Collections.Frozen;
using Microsoft.Extensions.Logging;

namespace Gaudi.Cluster.Http;

/// <summary>
/// Tells, once each, which fields were ignored and which values were changed. Fields of known APIs that cannot change
/// an answer here pass in silence.
/// </summary>
internal sealed class FieldLog(ILogger log)
{
    /// <summary>Clients choose the names, so the memory of them has a limit.</summary>
    private const int NamesMax = 1000;

    private const int NameCharsMax = 64;

    private static readonly FrozenSet<string> Silent = RequestFieldTable.All
        .Where(field => new[] { field.Completions, field.Chat, field.Embeddings }.Contains(FieldUse.Ignored))
        .Select(field => field.Name).ToFrozenSet(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, byte> _logged = new(StringComparer.Ordinal);

    /// <summary>Logs the fields that nothing read and the changes that were noted, those not logged before.</summary>
    public void Log(RequestFields fields)
    {
        foreach (var change in fields.Changes.Where(change => _logged.TryAdd(change, 0)))
        {
            log.LogWarning("{Change}", change);
        }
        foreach (var name in fields.Unread.Where(name => !Silent.Contains(name)))
        {
            if (_logged.Count < NamesMax && _logged.TryAdd(name, 0))
                log.LogWarning(
                    "Requests carry a field that this server does not know and ignores: {Field}", Shown(name));
        }
    }

    private static string Shown(string name)
    {
        var cut = name.Length > NameCharsMax ? name[..NameCharsMax] : name;
        return string.Concat(cut.Select(character => char.IsControl(character) ? '?' : character));
    }
}
