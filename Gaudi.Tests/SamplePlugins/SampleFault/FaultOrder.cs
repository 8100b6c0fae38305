namespace SampleFault;

/// <summary>
/// Orders to fail: files of the folder that the variable SAMPLE_FAULTS names. Whoever renames one has it, so each is obeyed once.
/// </summary>
internal static class FaultOrder
{
    private static readonly string? Folder = Environment.GetEnvironmentVariable("SAMPLE_FAULTS");

    /// <summary>True while a file of that name is there, for everyone.</summary>
    internal static bool Stands(string name) => Folder is not null && File.Exists(Path.Combine(Folder, name));

    /// <summary>True once for each file of that name, in one process of all.</summary>
    internal static bool Take(string name)
    {
        if (Folder is null)
            return false;
        var path = Path.Combine(Folder, name);
        if (!File.Exists(path))
            return false;
        try
        {
            File.Move(path, $"{path}.{Environment.ProcessId}", overwrite: true);
            return true;
        }
        catch (IOException)
        {
            return false; // Another rank was faster.
        }
    }
}
