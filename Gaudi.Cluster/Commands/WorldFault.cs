namespace Gaudi.Cluster.Commands;

/// <summary>Tells the world's faults, which get a sentence, from our own, which keep their stack trace.</summary>
internal static class WorldFault
{
    /// <summary>The sentence for the user; null when the exception is a defect of this program.</summary>
    internal static string? Sentence(Exception problem) => problem switch
    {
        CommandException => problem.Message,
        _ => null,
    };
}
