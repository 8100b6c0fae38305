namespace Gaudi.Hpu.Models.Lora;

/// <summary>One load of a LoRA adapter: what a request names, and what every rank reads.</summary>
/// <param name="Id">Unique to this load, also where a name is loaded again: it is in the keys of the prefix cache.</param>
/// <param name="Name">What clients name.</param>
/// <param name="Folder">In PEFT's layout; the same path on every node.</param>
/// <param name="Digest">SHA-256 of its files when it was loaded: a rank that finds others refuses them.</param>
public sealed record LoraAdapter(string Id, string Name, string Folder, string Digest)
{
    /// <summary>Looks at a folder, and reads its files once for their digest.</summary>
    /// <param name="id">Unique to this load.</param>
    /// <param name="name">What clients name.</param>
    /// <param name="folder">Full path.</param>
    /// <exception cref="CheckpointException">There is no adapter.</exception>
    public static LoraAdapter Find(string id, string name, string folder) => new(id, name, folder, PeftFolder.DigestOf(folder));
}
