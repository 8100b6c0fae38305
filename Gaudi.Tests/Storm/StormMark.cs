using System.Text;

namespace Gaudi.Tests.Storm;

/// <summary>
/// Marks every process of one storm by a variable of its environment, which children inherit: so all of them are found in /proc,
/// whoever started them, and nobody else's.
/// </summary>
/// <param name="Value">Differs between storms of one machine.</param>
internal sealed record StormMark(string Value)
{
    /// <summary>The variable.</summary>
    internal const string Name = "GAUDI_STORM";

    /// <summary>Those that live, ascending.</summary>
    internal int[] LivingPids()
    {
        var wanted = Encoding.UTF8.GetBytes($"{Name}={Value}\0");
        return
        [
            .. Directory.EnumerateDirectories("/proc").Select(folder => Path.GetFileName(folder))
                .Where(name => int.TryParse(name, out _)).Select(int.Parse).Where(pid => HasMark(pid, wanted)).Order(),
        ];
    }

    /// <summary>Kills what lives, and again what that started meanwhile.</summary>
    /// <returns>Those that were killed.</returns>
    internal int[] KillAll()
    {
        var killed = new SortedSet<int>();
        for (var pids = LivingPids(); pids.Length > 0; pids = LivingPids())
        {
            foreach (var pid in pids)
            {
                Signals.Send(pid, Signals.Kill);
                killed.Add(pid);
            }
        }
        return [.. killed];
    }

    private static bool HasMark(int pid, byte[] wanted)
    {
        try
        {
            // Empty for what has ended and waits for its parent.
            var environment = File.ReadAllBytes($"/proc/{pid}/environ");
            var at = environment.AsSpan().IndexOf(wanted);
            return at == 0 || (at > 0 && environment[at - 1] == 0);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
