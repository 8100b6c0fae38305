namespace Gaudi.Actors.Scheduling;

/// <summary>One block of the pool, made once. While nobody uses it, it is an entry of the free list.</summary>
internal sealed class KvBlock(int id)
{
    /// <summary>Its place in the cache on every rank.</summary>
    internal int Id { get; } = id;

    /// <summary>Sequences that use it.</summary>
    internal int ReferenceCount { get; set; }

    /// <summary>Of its content; null while it is not full, or when its content is forgotten.</summary>
    internal BlockHash? Hash { get; set; }

    /// <summary>The free block before it; null at the head and while in use.</summary>
    internal KvBlock? Previous { get; set; }

    /// <summary>The free block after it; null at the tail and while in use.</summary>
    internal KvBlock? Next { get; set; }
}
