namespace Gaudi.Tests.Layering;

/// <summary>A C# file of the repository.</summary>
/// <param name="Path">From the top of the repository, with slashes.</param>
/// <param name="Text">As it is on disk.</param>
internal sealed record SourceFile(string Path, string Text)
{
    private readonly Lazy<string[]> _code = new(() => CodeText.WithoutCommentsAndStrings(Text).Split('\n'));

    /// <summary>The lines with comments, strings and characters blanked: what is left is names.</summary>
    internal string[] Code => _code.Value;

    internal int LineCount => Text.AsSpan().TrimEnd('\n').Count('\n') + 1;

    /// <summary>The top folder, such as Gaudi.Hpu.</summary>
    internal string Project => Path[..Path.IndexOf('/')];

    /// <summary>The first folder inside the project, such as Ops; empty for a file that lies in the project itself.</summary>
    internal string Folder => Path.Split('/') is [_, var folder, _, ..] ? folder : "";

    internal bool IsIn(string folder) => Path.StartsWith(folder + "/", StringComparison.Ordinal);
}
