using System.Text.Json;
using System.Threading.Channels;
using Gaudi.Actors.Protocols.Reports;
using Gaudi.Cluster.Http;

namespace Gaudi.Cluster.Node;

/// <summary>
/// Writes a node's events to a file, one JSON object a line, behind whoever tells them. A file that is full becomes FILE.1, in
/// place of the one before: two files of at most the limit. Any thread.
/// </summary>
internal sealed class EventFile : IAsyncDisposable
{
    private readonly Channel<EventRow> _rows = Channel.CreateUnbounded<EventRow>();
    private readonly string _path;
    private readonly long _bytesMax;
    private readonly TextWriter _log;
    private readonly Task _writing;
    private FileStream _file;

    private EventFile(FileStream file, string path, long bytesMax, TextWriter log)
    {
        (_file, _path, _bytesMax, _log) = (file, path, bytesMax, log);
        _writing = Task.Run(WriteAllAsync);
    }

    /// <summary>Opens the file to append.</summary>
    /// <param name="path">Its folder must exist.</param>
    /// <param name="bytesMax">When it is full. Unit: bytes.</param>
    /// <param name="log">Told when it cannot be written any more.</param>
    /// <exception cref="NodeStartException">It cannot be written.</exception>
    internal static EventFile Open(string path, long bytesMax, TextWriter log)
    {
        try
        {
            return new EventFile(Append(path), path, bytesMax, log);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new NodeStartException($"expected a file to append events to with --event-log, but `{path}` is none: {problem.Message}");
        }
    }

    /// <summary>Takes a row. Does not wait.</summary>
    internal void Write(EventRow row) => _rows.Writer.TryWrite(row);

    public async ValueTask DisposeAsync()
    {
        _rows.Writer.TryComplete();
        await _writing.ConfigureAwait(false);
        await _file.DisposeAsync().ConfigureAwait(false);
    }

    private static FileStream Append(string path) =>
        new(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);

    private async Task WriteAllAsync()
    {
        try
        {
            await foreach (var row in _rows.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(row, ReportsJson.Written.EventRow), (byte)'\n'];
                if (_file.Length > 0 && _file.Length + line.Length > _bytesMax)
                    await RotateAsync().ConfigureAwait(false);
                await _file.WriteAsync(line).ConfigureAwait(false);
                await _file.FlushAsync().ConfigureAwait(false);
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            _rows.Writer.TryComplete();
            await _log.WriteLineAsync($"events are no longer written to {_path}: {problem.Message}").ConfigureAwait(false);
        }
    }

    private async Task RotateAsync()
    {
        await _file.DisposeAsync().ConfigureAwait(false);
        File.Move(_path, _path + ".1", overwrite: true);
        _file = Append(_path);
    }
}
