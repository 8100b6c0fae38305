using System.CommandLine;
using System.Numerics;

namespace Gaudi.Cluster.Commands;

/// <summary>Bounds of numbers on the command line.</summary>
internal static class OptionRanges
{
    /// <summary>Refuses values outside, with the bounds and the value in the message.</summary>
    internal static void AddRange<T>(this Option<T> option, T lowest, T highest) where T : INumber<T> =>
        option.Validators.Add(result => Check(option.Name, result.GetValueOrDefault<T>(), lowest, highest, result.AddError));

    /// <summary>As <see cref="AddRange{T}(Option{T}, T, T)"/>, where the option may be absent.</summary>
    internal static void AddRange<T>(this Option<T?> option, T lowest, T highest) where T : struct, INumber<T> =>
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<T?>() is { } value)
                Check(option.Name, value, lowest, highest, result.AddError);
        });

    private static void Check<T>(string name, T value, T lowest, T highest, Action<string> refuse) where T : INumber<T>
    {
        if (value < lowest || value > highest)
            refuse($"{name} expects {lowest} to {highest}, came {value}");
    }
}
