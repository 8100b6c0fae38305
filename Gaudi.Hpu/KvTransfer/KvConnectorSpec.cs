using Gaudi.Hpu.Ops;
using static TorchSharp.torch;

namespace Gaudi.Hpu.KvTransfer;

/// <summary>What a connector is built from.</summary>
/// <param name="Prefix">What it is called; it sits in no model.</param>
/// <param name="Dtype">Of the activations.</param>
/// <param name="Device">Where the blocks live.</param>
/// <param name="Settings">Of the group.</param>
/// <param name="Rank">This rank.</param>
public sealed record KvConnectorSpec(
    string Prefix, ScalarType Dtype, Device Device, KvConnectorSettings Settings, int Rank) : OpSpec(Prefix, Dtype, Device);
