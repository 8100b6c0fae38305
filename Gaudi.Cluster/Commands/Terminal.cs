namespace Gaudi.Cluster.Commands;

/// <summary>Where a command writes.</summary>
/// <param name="Output">Results, and nothing else.</param>
/// <param name="Error">Logs and problems. Allows writes from several threads.</param>
/// <param name="IsInteractive">True when a person reads <paramref name="Output"/>: tables may have frames.</param>
internal sealed record Terminal(TextWriter Output, TextWriter Error, bool IsInteractive)
{
    internal static Terminal OfThisProcess() => new(Console.Out, Console.Error, !Console.IsOutputRedirected);
}
