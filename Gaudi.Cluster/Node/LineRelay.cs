namespace Gaudi.Cluster.Node;

/// <summary>
/// Passes a worker's output on, line by line, and keeps the last lines. Its <see cref="LastWords"/> are kept alone and not
/// passed on: they are told with its end. One reader; <see cref="Last"/> from any thread.
/// </summary>
/// <param name="prefix">Put before every line.</param>
/// <param name="target">Where lines go; must allow writes from several threads.</param>
/// <param name="keptLineCount">How many lines <see cref="Last"/> gives at most; 0 keeps none.</param>
internal sealed class LineRelay(string prefix, TextWriter target, int keptLineCount)
{
    /// <summary>A longer line is passed on in parts of this many characters, so that no worker can fill the node's memory.</summary>
    internal const int LineCharsMax = 4096;

    private readonly Queue<string> _last = [];
    private string? _lastWords;

    /// <summary>The last words; without any the last lines, oldest first.</summary>
    internal string Last
    {
        get
        {
            lock (_last)
                return _lastWords ?? string.Join('\n', _last);
        }
    }

    /// <summary>Reads to the end of the stream.</summary>
    internal async Task CopyAsync(TextReader source)
    {
        var buffer = new char[LineCharsMax];
        var held = 0;
        while (await source.ReadAsync(buffer.AsMemory(held)).ConfigureAwait(false) is var read and > 0)
        {
            held = PassLines(buffer, held + read);
            if (held == buffer.Length)
            {
                Pass(new string(buffer));
                held = 0;
            }
        }
        if (held > 0)
            Pass(new string(buffer, 0, held));
    }

    private int PassLines(char[] buffer, int count)
    {
        var start = 0;
        while (Array.IndexOf(buffer, '\n', start, count - start) is var end and >= 0)
        {
            Pass(new string(buffer, start, end - start).TrimEnd('\r'));
            start = end + 1;
        }
        Array.Copy(buffer, start, buffer, 0, count - start);
        return count - start;
    }

    private void Pass(string line)
    {
        if (keptLineCount > 0 && LastWords.In(line) is { } reason)
        {
            lock (_last)
                _lastWords = reason;
            return;
        }
        lock (_last)
        {
            if (_last.Count == keptLineCount)
                _last.TryDequeue(out _);
            if (keptLineCount > 0)
                _last.Enqueue(line);
        }
        target.WriteLine(prefix + line);
    }
}
