using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Gaudi.Tests.Simulation.Engine;

/// <summary>What happened, one JSON object a line, and the digest of all lines. One thread.</summary>
/// <param name="engine">Whose time the lines carry.</param>
/// <param name="file">Gets the lines; null where nobody reads them.</param>
internal sealed class TraceLog(SimEngine engine, TextWriter? file) : IDisposable
{
    private const int KeptMax = 200;
    private static readonly System.Buffers.SearchValues<char> Plain =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 /.,:;_-()");
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Queue<string> _newest = [];
    private byte[] _bytes = new byte[1 << 16];
    private int _count;

    /// <summary>Lines so far.</summary>
    internal long LineCount { get; private set; }

    /// <summary>The newest lines, oldest first.</summary>
    internal IReadOnlyCollection<string> Newest => _newest;

    /// <summary>Writes a line.</summary>
    /// <param name="kind">What happened.</param>
    /// <param name="fields">JSON members, such as `"box":3`.</param>
    internal void Write(string kind, string fields)
    {
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"us\":{engine.Now.Ticks / 10},\"kind\":\"{kind}\"{(fields.Length > 0 ? "," : "")}{fields}}}\n");
        LineCount++;
        if (_bytes.Length - _count < line.Length * 3)
            Flush(line.Length * 3);
        _count += Encoding.UTF8.GetBytes(line, _bytes.AsSpan(_count));
        _newest.Enqueue(line);
        if (_newest.Count > KeptMax)
            _newest.Dequeue();
        file?.Write(line);
    }

    /// <summary>The digest of all lines and of the schedule behind them.</summary>
    internal string Digest()
    {
        Write("end", $"\"schedule\":\"{engine.History:x16}\",\"runs\":{engine.RunCount}");
        Flush(0);
        return Convert.ToHexStringLower(_hash.GetCurrentHash());
    }

    private void Flush(int needed)
    {
        _hash.AppendData(_bytes, 0, _count);
        _count = 0;
        if (_bytes.Length < needed)
            _bytes = new byte[needed];
    }

    /// <summary>Text as a JSON string.</summary>
    internal static string Text(string text) => text.AsSpan().IndexOfAnyExcept(Plain) < 0
        ? $"\"{text}\""
        : $"\"{System.Text.Json.JsonEncodedText.Encode(text)}\"";

    public void Dispose() => _hash.Dispose();
}
