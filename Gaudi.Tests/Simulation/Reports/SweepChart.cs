using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Gaudi.Tests.Simulation.Reports;

/// <summary>A sweep as a picture: bars of requests that were delayed, a line of availability. Pure.</summary>
internal static class SweepChart
{
    private const int Width = 640;
    private const int Height = 360;
    private const int Left = 60;
    private const int Right = 60;
    private const int Top = 50;
    private const int Bottom = 50;

    /// <summary>The SVG document.</summary>
    internal static string Of(string title, ImmutableArray<SweepRow> rows)
    {
        var svg = new StringBuilder();
        void Add(FormattableString text) => svg.AppendLine(text.ToString(CultureInfo.InvariantCulture));
        var (width, height) = (Width - Left - Right, Height - Top - Bottom);
        var most = Math.Max(0.01, rows.Max(row => row.DelayedPart));
        var least = Math.Floor(rows.Min(row => row.Availability) * 10) / 10;
        var slot = (double)width / rows.Length;
        double X(int index) => Left + slot * (index + 0.5);
        double Y(SweepRow row) => Top + height * (1 - (row.Availability - least) / Math.Max(1e-9, 1 - least));
        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{Height}\"");
        Add($" font-family=\"sans-serif\" font-size=\"12\">");
        Add($"<rect width=\"100%\" height=\"100%\" fill=\"white\"/>");
        Add($"<text x=\"{Width / 2}\" y=\"24\" text-anchor=\"middle\" font-size=\"15\">{title}</text>");
        foreach (var (row, index) in rows.Select((row, index) => (row, index)))
        {
            var bar = height * row.DelayedPart / most;
            Add($"<rect x=\"{X(index) - slot / 4:0.0}\" y=\"{Top + height - bar:0.0}\" width=\"{slot / 2:0.0}\"");
            Add($" height=\"{bar:0.0}\" fill=\"#e8a87c\"/>");
            Add($"<text x=\"{X(index):0.0}\" y=\"{Height - 28}\" text-anchor=\"middle\">{row.Spares}</text>");
        }
        var points = rows.Select((row, index) => string.Create(CultureInfo.InvariantCulture, $"{X(index):0.0},{Y(row):0.0}"));
        Add($"<polyline fill=\"none\" stroke=\"#1f5fa8\" stroke-width=\"2\" points=\"{string.Join(" ", points)}\"/>");
        foreach (var (row, index) in rows.Select((row, index) => (row, index)))
        {
            Add($"<circle cx=\"{X(index):0.0}\" cy=\"{Y(row):0.0}\" r=\"4\" fill=\"#1f5fa8\"/>");
            Add($"<text x=\"{X(index):0.0}\" y=\"{Y(row) - 9:0.0}\" text-anchor=\"middle\" fill=\"#1f5fa8\">");
            Add($"{100 * row.Availability:0.0} %</text>");
        }
        Add($"<line x1=\"{Left}\" y1=\"{Top + height}\" x2=\"{Left + width}\" y2=\"{Top + height}\" stroke=\"black\"/>");
        Add($"<text x=\"{Left - 8}\" y=\"{Top + 4}\" text-anchor=\"end\" fill=\"#b5651d\">{100 * most:0.0} %</text>");
        Add($"<text x=\"{Left - 8}\" y=\"{Top + height}\" text-anchor=\"end\" fill=\"#b5651d\">0 %</text>");
        Add($"<text x=\"{Width - Right + 8}\" y=\"{Top + 4}\" fill=\"#1f5fa8\">100 %</text>");
        Add($"<text x=\"{Width - Right + 8}\" y=\"{Top + height}\" fill=\"#1f5fa8\">{100 * least:0} %</text>");
        Add($"<text x=\"{Width / 2}\" y=\"{Height - 8}\" text-anchor=\"middle\">");
        Add($"bars: requests delayed by more than 2 s; line: part of replica time that was served</text>");
        Add($"</svg>");
        return svg.ToString();
    }
}
