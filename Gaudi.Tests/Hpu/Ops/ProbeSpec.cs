using Gaudi.Hpu.Ops;
using TorchSharp;

namespace Gaudi.Tests.Hpu.Ops;

/// <summary>What the ops of these tests are built from.</summary>
public sealed record ProbeSpec(string Prefix = "probe") : OpSpec(Prefix, torch.ScalarType.Float32, torch.CPU);
