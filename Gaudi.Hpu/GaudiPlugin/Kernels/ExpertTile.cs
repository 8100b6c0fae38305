using System.Runtime.Intrinsics;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.GaudiPlugin.Kernels;

/// <summary>
/// The running sums of a tile of tokens: for each shard of the intermediate size and each token, what the experts so far
/// add up to. One expert is added for all its tokens at once.
/// </summary>
/// <remarks>Made in a DisposeScope, which owns its memory. One thread.</remarks>
internal sealed unsafe class ExpertTile
{
    /// <summary>Tokens of a tile: 512 tokens of 4096 values in 8 shards are 64 MiB of sums.</summary>
    public const int TokenCountMax = 512;

    private const int ChunkRows = 64; // As many rows as share one pass over an expert's weights.

    private readonly FusedMoeSpec _spec;
    private readonly ExpertWeights _weights;
    private readonly int _shardCount;
    private readonly Tensor _rows; // [chunk, hidden]
    private readonly Tensor _inner; // [chunk, ffn of this rank]
    private readonly Tensor _sums; // [shards, tile, hidden]
    private float* _x;
    private int _tokenCount;

    /// <summary>Takes scratch memory for tiles of up to so many tokens.</summary>
    /// <param name="spec">Of the layer.</param>
    /// <param name="weights">Of this rank's experts.</param>
    /// <param name="shardCount">Shards of this rank's intermediate size.</param>
    /// <param name="tokenCountMax">Tokens of the largest tile.</param>
    public ExpertTile(FusedMoeSpec spec, ExpertWeights weights, int shardCount, int tokenCountMax)
    {
        _spec = spec;
        _weights = weights;
        _shardCount = shardCount;
        var chunk = Math.Min(ChunkRows, tokenCountMax);
        _rows = Room(chunk, spec.HiddenSize);
        _inner = Room(chunk, spec.OwnIntermediateSize);
        _sums = Room(_shardCount * tokenCountMax, spec.HiddenSize);
    }

    /// <summary>Begins a tile with sums of zero.</summary>
    /// <param name="x">[tokens, hidden], read until the tile ends.</param>
    /// <param name="tokenCount">At most what the constructor was told.</param>
    public void Begin(float* x, int tokenCount)
    {
        _x = x;
        _tokenCount = tokenCount;
        Sums.Clear();
    }

    /// <summary>Adds one expert's part. Experts come by rising number.</summary>
    /// <param name="served">The tokens of this expert of this rank, each once.</param>
    /// <param name="role">Of every token.</param>
    public void Add(ReadOnlySpan<ExpertToken> served, TokenRole role)
    {
        var chunk = (int)_rows.shape[0];
        for (var first = 0; first < served.Length; first += chunk)
            AddChunk(served.Slice(first, Math.Min(chunk, served.Length - first)), role);
    }

    /// <summary>Ends the tile: adds the shards as a tree.</summary>
    /// <param name="y">[tokens, hidden]. Overwritten.</param>
    public void End(float* y)
    {
        SummationTree.Reduce(Sums, _shardCount);
        Sums[..(_tokenCount * _spec.HiddenSize)].CopyTo(new Span<float>(y, _tokenCount * _spec.HiddenSize));
    }

    private Span<float> Sums => new(Pointer(_sums), _shardCount * _tokenCount * _spec.HiddenSize);

    private void AddChunk(ReadOnlySpan<ExpertToken> served, TokenRole role)
    {
        using var scope = NewDisposeScope();
        var hidden = _spec.HiddenSize;
        for (var i = 0; i < served.Length; i++)
            new ReadOnlySpan<float>(_x + ((long)served[i].Token * hidden), hidden)
                .CopyTo(new Span<float>(Pointer(_rows) + ((long)i * hidden), hidden));
        var expert = served[0].Expert;
        var gateUp = _weights.GateUp(expert).Product(_rows.narrow(0, 0, served.Length), role); // [served, 2 * ffn of this rank]
        fixed (float* bias = _weights.GateUpBias(expert))
            ExpertActivationKernel.Run(
                _spec.Activation, Pointer(gateUp), served.Length, _spec.OwnIntermediateSize, bias, Pointer(_inner));
        var products = _weights.Down(expert).ShardProducts(_inner.narrow(0, 0, served.Length), role); // [shards, served, hidden]
        var product = Pointer(products);
        for (var shard = 0L; shard < _shardCount; shard++)
        {
            foreach (var (token, _, weight) in served)
            {
                AddScaled(product, weight, Pointer(_sums) + (((shard * _tokenCount) + token) * hidden), hidden);
                product += hidden;
            }
        }
    }

    private static void AddScaled(float* values, float weight, float* sums, int count)
    {
        var factor = Vector256.Create(weight);
        var i = 0;
        for (; i + 8 <= count; i += 8)
            Vector256.FusedMultiplyAdd(factor, Vector256.Load(values + i), Vector256.Load(sums + i)).Store(sums + i);
        for (; i < count; i++)
            sums[i] = MathF.FusedMultiplyAdd(weight, values[i], sums[i]);
    }

    private Tensor Room(int rows, int columns) => empty([rows, columns], ScalarType.Float32, _spec.Device);

    private static float* Pointer(Tensor tensor) => (float*)TensorMemory.Pointer(tensor);
}
