using System.Collections.Immutable;
using Gaudi.Hpu.KvTransfer;
using Gaudi.Hpu.Ops;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>
/// Blocks that are neighbours on both sides travel as one descriptor a region: fewer and longer ones, which is what a
/// network card wants. A run has at most <see cref="RunBlocksMax"/> blocks, so that little is lost when a peer dies.
/// </summary>
public sealed class HpuNixlConnector(OpSpec spec) : NixlConnector(spec)
{
    /// <summary>Most blocks of a run.</summary>
    public const int RunBlocksMax = 8;

    /// <inheritdoc />
    protected override BlockRunForward ForwardOutOfTree => (local, remote) =>
    {
        var runs = ImmutableArray.CreateBuilder<BlockRun>();
        for (var i = 0; i < local.Length; i++)
        {
            if (runs.Count > 0 && runs[^1] is var last && last.Count < RunBlocksMax
                && local[i] == last.FirstLocal + last.Count && remote[i] == last.FirstRemote + last.Count)
                runs[^1] = last with { Count = last.Count + 1 };
            else
                runs.Add(new BlockRun(local[i], remote[i], 1));
        }
        return runs.ToImmutable();
    };
}
