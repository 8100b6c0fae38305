using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.Models;

/// <summary>What config.json says of Mamba-2 mixers, whatever the family calls it.</summary>
internal static class MambaFields
{
    /// <summary>A power of two; 256 where nothing is said.</summary>
    public static int ChunkTokens(JsonFields fields, string name)
    {
        var tokens = fields.Count(name) ?? 256;
        if (!int.IsPow2(tokens))
            fields.Problem(name, "a power of two", $"{tokens}");
        return int.IsPow2(tokens) ? tokens : 256;
    }

    /// <summary>Notes heads that are together not as wide as the model says, and groups that heads cannot share.</summary>
    public static void CheckInner(JsonFields fields, MambaSizes sizes, string expandName, int hiddenSize, string headsName)
    {
        var expand = fields.PositiveNumber(expandName) ?? 2;
        if (sizes.InnerSize != (int)(expand * hiddenSize))
            fields.Problem(
                headsName, $"heads of {sizes.HeadDim} that are {expandName} ({expand}) times hidden_size ({hiddenSize}) wide together",
                $"{sizes.HeadCount}");
        if (sizes.HeadCount % sizes.GroupCount != 0)
            fields.Problem(headsName, $"a multiple of the {sizes.GroupCount} groups", $"{sizes.HeadCount}");
    }

    /// <summary>`time_step_limit`: none where nothing is said.</summary>
    public static Mamba2Shape WithTimeSteps(Mamba2Shape shape, JsonFields fields) => fields.Limits("time_step_limit") is { } limits
        ? shape with { TimeStepMin = (float)limits.Least, TimeStepMax = (float)limits.Most }
        : shape;

    /// <summary>What is divided over the ranks; a single group stays whole.</summary>
    public static IEnumerable<(int Count, string What)> Splits(MambaSizes sizes)
    {
        yield return (sizes.HeadCount, "mixer heads");
        if (sizes.GroupCount > 1)
            yield return (sizes.GroupCount, "mixer groups");
    }
}
