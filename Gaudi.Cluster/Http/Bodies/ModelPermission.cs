namespace Gaudi.Cluster.Http.Bodies;

/// <summary>What clients may do with a model: a part of OpenAI's older form that some clients read.</summary>
internal sealed record ModelPermission(string Id, long Created)
{
    /// <summary>Always `model_permission`.</summary>
    public string Object { get; } = "model_permission";

    /// <summary>Always false.</summary>
    public bool AllowCreateEngine { get; }

    /// <summary>Always true.</summary>
    public bool AllowSampling { get; } = true;

    /// <summary>Always true.</summary>
    public bool AllowLogprobs { get; } = true;

    /// <summary>Always false.</summary>
    public bool AllowSearchIndices { get; }

    /// <summary>Always true.</summary>
    public bool AllowView { get; } = true;

    /// <summary>Always false.</summary>
    public bool AllowFineTuning { get; }

    /// <summary>Always all.</summary>
    public string Organization { get; } = "*";

    /// <summary>Always null.</summary>
    public string? Group { get; }

    /// <summary>Always false.</summary>
    public bool IsBlocking { get; }
}
