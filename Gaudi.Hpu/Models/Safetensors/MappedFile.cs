using System.IO.MemoryMappedFiles;

namespace Gaudi.Hpu.Models.Safetensors;

/// <summary>
/// A file in memory, unmapped when its owner and every tensor over it have let go. The mapping is private (copy-on-write):
/// a write by mistake changes this process's copy of a page, not the file, and is no crash.
/// </summary>
/// <remarks>A file that is cut while it is mapped kills the process on the next read (SIGBUS): replace files, never edit them.</remarks>
internal sealed unsafe class MappedFile
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte* _start;
    private long _references = 1;

    private MappedFile(string path, long bytes)
    {
        Path = path;
        Bytes = bytes;
        if (bytes == 0)
            return; // The system cannot map nothing.
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        _file = MemoryMappedFile.CreateFromFile(
            stream, null, 0, MemoryMappedFileAccess.CopyOnWrite, HandleInheritability.None, leaveOpen: true);
        _view = _file.CreateViewAccessor(0, bytes, MemoryMappedFileAccess.CopyOnWrite);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _start = start + _view.PointerOffset;
    }

    public string Path { get; }

    public long Bytes { get; }

    /// <summary>The first byte's address.</summary>
    public nint Start => (nint)_start;

    /// <summary>Whether memory is still mapped. Any thread.</summary>
    public bool IsMapped => Interlocked.Read(ref _references) > 0;

    /// <exception cref="CheckpointException">It cannot be read.</exception>
    public static MappedFile Open(string path)
    {
        try
        {
            return new MappedFile(path, new FileInfo(path).Length);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CheckpointException($"{path}: expected a readable file, but {error.Message}", error);
        }
    }

    /// <summary>Bytes of the file; valid while a reference is held.</summary>
    public ReadOnlySpan<byte> Span(long begin, int bytes)
    {
        Invariant.That(begin >= 0 && bytes >= 0 && begin <= Bytes - bytes, $"{bytes} bytes at {begin} of {Bytes}");
        Invariant.That(IsMapped);
        return new ReadOnlySpan<byte>(_start + begin, bytes);
    }

    /// <summary>One more holder, who calls <see cref="Release"/> once. Only from someone who holds one.</summary>
    public void AddReference() => Invariant.That(Interlocked.Increment(ref _references) > 1);

    /// <summary>One holder fewer; the last one unmaps. Any thread.</summary>
    public void Release()
    {
        var left = Interlocked.Decrement(ref _references);
        Invariant.That(left >= 0);
        if (left > 0 || _view is null)
            return;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file!.Dispose();
    }
}
