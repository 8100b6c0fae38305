using Spectre.Console;

namespace Gaudi.Cluster.Commands;

/// <summary>Lists as a person reads them: framed on a terminal, aligned columns in a pipe.</summary>
internal static class Tables
{
    /// <summary>Writes the rows under their headings.</summary>
    /// <param name="terminal">Where to.</param>
    /// <param name="headings">One for each column.</param>
    /// <param name="rows">Each as long as the headings.</param>
    internal static void Write(Terminal terminal, string[] headings, IReadOnlyList<string[]> rows)
    {
        if (terminal.IsInteractive)
            WriteFramed(terminal, headings, rows);
        else
            WritePlain(terminal.Output, headings, rows);
    }

    private static void WriteFramed(Terminal terminal, string[] headings, IReadOnlyList<string[]> rows)
    {
        var table = new Table().Border(TableBorder.Rounded);
        foreach (var heading in headings)
            table.AddColumn(new TableColumn(Markup.Escape(heading)));
        foreach (var row in rows)
            table.AddRow(row.Select(Markup.Escape).ToArray());
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.Output) }).Write(table);
    }

    private static void WritePlain(TextWriter output, string[] headings, IReadOnlyList<string[]> rows)
    {
        var widths = headings.Select((heading, column) =>
            rows.Select(row => row[column].Length).Append(heading.Length).Max()).ToArray();
        foreach (var row in rows.Prepend(headings))
            output.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }
}
