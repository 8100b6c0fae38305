using Xunit;

namespace Gaudi.Tests.Hpu.Cards;

/// <summary>Tests that measure the memory of the process: they run when no other test does.</summary>
[CollectionDefinition(nameof(AloneCollection), DisableParallelization = true)]
public sealed class AloneCollection;
